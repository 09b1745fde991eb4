// A polluted Object.prototype chooses nothing: no option of ours, no parameter of the platform (threat model, items 9 and 24).
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import {
  decrypt,
  decryptStream,
  encrypt,
  encryptStream,
  kmsKeyring,
  multiKeyring,
  rawAesKeyring,
  rawRsaKeyring,
} from '../../src/esdk/index.ts';
import { parseHeader } from '../../src/formats/esdk/header.ts';
import { collect, streamOf } from '../streams/flows.ts';
import { random, utf8 } from '../support/bytes.ts';
import { newKey, newKms } from '../support/kms.ts';

const poison: Record<string, unknown> = {
  tagLength: 32,
  additionalData: new Uint8Array([1]),
  hash: 'SHA-1',
  salt: new Uint8Array([1]),
  info: new Uint8Array([1]),
  label: new Uint8Array([1]),
  length: 8,
  namedCurve: 'P-256',
  prehash: true,
  lowS: true,
  fatal: false,
  ignoreBOM: false,
  authTagLength: 4,
  plaintextLength: 1,
  problem: 'malformed',
  suiteId: 0x0178,
  frameLength: 1,
  commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
  encryptionContext: { poison: '1' },
  requiredEncryptionContextKeys: ['poison'],
  maxEncryptedDataKeys: 1,
  maxHeldLength: 1,
  signedMessages: 'release-before-verification',
  generatorKeyId: 'alias/poison',
  keyIds: ['alias/poison'],
  grantTokens: ['poison'],
  discovery: true,
  discoveryFilter: { partition: 'poison', accountIds: [] },
  children: ['poison'],
  generator: 'poison',
};

function clean(): void {
  for (const name of Object.keys(poison)) delete (Object.prototype as Record<string, unknown>)[name];
}

async function whole(
  KeyId: string,
  kms: Awaited<ReturnType<typeof newKms>>,
  privateKey: CryptoKey,
  publicKey: CryptoKey,
) {
  const names = { keyNamespace: 'tests', keyName: 'one' };
  const aes = rawAesKeyring({ ...names, wrappingKey: random(32) });
  const rsa = rawRsaKeyring({ ...names, padding: 'oaep-sha256', publicKey, privateKey });
  const keyring = multiKeyring({ generator: kmsKeyring({ client: kms, generatorKeyId: KeyId }), children: [aes, rsa] });
  const message = await encrypt(keyring, utf8('secret'));
  for (const each of [keyring, aes, rsa, kmsKeyring({ client: kms, keyIds: [KeyId] })])
    assert.deepEqual((await decrypt(each, message)).plaintext, utf8('secret'));
  const passed = await collect(streamOf(utf8('secret')).pipeThrough(encryptStream(aes)));
  assert.deepEqual(await collect(streamOf(passed).pipeThrough(decryptStream(aes))), utf8('secret'));
  return { aes, message };
}

describe('polluted Object.prototype', () => {
  afterEach(clean);

  test('changes nothing in the life of a message', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const algorithm = {
      name: 'RSA-OAEP',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    };
    const pair = (await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt'])) as CryptoKeyPair;
    // What is loaded at its first use is loaded before: module loaders of test runners break under pollution.
    await whole(KeyId, kms, pair.privateKey, pair.publicKey);
    for (const [name, value] of Object.entries(poison))
      Object.defineProperty(Object.prototype, name, { value, writable: true, configurable: true, enumerable: false });
    const outcome = await whole(KeyId, kms, pair.privateKey, pair.publicKey).catch((error: unknown) => error);
    clean();
    if (outcome instanceof Error) throw outcome;
    const { aes, message } = outcome as Awaited<ReturnType<typeof whole>>;
    const { plaintext, suiteId } = await decrypt(aes, message);
    assert.deepEqual(plaintext, utf8('secret'));
    assert.equal(suiteId, 0x0578);
    assert.propertyVal(parseHeader(message), 'frameLength', 4096);
  });
});
