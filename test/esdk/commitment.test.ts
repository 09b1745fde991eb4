// A message commits to its key: one that says another commitment is refused, though all of it is authentic under the key. Who has the
// data key can write such a message, and could otherwise make one that two keys open to two plaintexts.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openContentKey } from '../../src/esdk/content-key.ts';
import { decrypt, decryptStream, encrypt, type Keyring, type SuiteId } from '../../src/esdk/index.ts';
import { concat } from '../../src/formats/bytes.ts';
import { encodeEncryptionContext } from '../../src/formats/encryption-context.ts';
import {
  encodeHeaderAuthentication,
  encodeHeaderBody,
  headerIv,
  isProblem,
  parseHeader,
} from '../../src/formats/esdk/header.ts';
import { isCommitting, suiteIds, suiteOf } from '../../src/formats/esdk/suites.ts';
import { drain, streamOf } from '../streams/flows.ts';
import { type Bytes, random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';

const dataKey = random(32);
const encryptedDataKeys = [{ providerId: 'own', providerInfo: utf8('x'), ciphertext: random(8) }];
const yielding = (...keys: readonly Bytes[]): Keyring => ({
  generateDataKey: async ({ dataKeyLength }) => ({ dataKey: dataKey.slice(0, dataKeyLength), encryptedDataKeys }),
  wrapDataKey: async () => [],
  async *unwrapDataKeys() {
    for (const key of keys) yield key.slice() as Bytes;
  },
});

/** The message with the header written anew by one who has the data key, with a commitment of their choice. */
async function recommitted(message: Bytes, change: (commitKey: Bytes) => Bytes): Promise<Bytes> {
  const header = parseHeader(message);
  if (isProblem(header)) throw new Error(header.problem);
  const { suite, messageId, frameLength, encryptionContext } = header;
  const { cipher, commitKey } = await openContentKey(suite, dataKey.slice(), messageId, frameLength ?? 1);
  const stored = encodeEncryptionContext(encryptionContext);
  const body = encodeHeaderBody(
    { suite, messageId, encryptedDataKeys, frameLength, commitKey: change(commitKey as Bytes) },
    stored,
  );
  const tag = new Uint8Array(16);
  await cipher.seal([{ iv: headerIv, aad: body, data: new Uint8Array(0), into: tag }]);
  return concat(body, encodeHeaderAuthentication(suite, tag), message.subarray(header.length));
}

describe('a commitment', () => {
  test('that is not of the data key is refused, though the header and every frame are authentic', async () => {
    const keyring = yielding(dataKey);
    const plaintext = utf8('pay 10 to ada');
    const message = await encrypt(keyring, plaintext, { suiteId: 0x0478, frameLength: 5 });
    const same = await recommitted(message, (commitKey) => commitKey);
    assert.deepEqual((await decrypt(keyring, same)).plaintext, plaintext);
    const others: ((commitKey: Bytes) => Bytes)[] = [
      () => random(32),
      () => new Uint8Array(32),
      ...[0, 15, 31].map((at) => (commitKey: Bytes) => {
        const changed = commitKey.slice();
        changed[at] = (changed[at] as number) ^ 1;
        return changed;
      }),
    ];
    for (const change of others) {
      const other = await recommitted(message, change);
      assert.equal(other.length, message.length);
      await assertFails(decrypt(keyring, other), 'InvalidCiphertextException');
      await assertFails(
        decrypt(keyring, other, { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }),
        'InvalidCiphertextException',
      );
      const { pieces, error } = await drain(streamOf(other).pipeThrough(decryptStream(keyring)));
      assert.lengthOf(pieces, 0);
      assert.propertyVal(error, 'name', 'InvalidCiphertextException');
    }
  });
});

describe('data keys of other lengths than the suite has', () => {
  for (const suiteId of suiteIds)
    test(`are passed over by a message of suite ${suiteId.toString(16).padStart(4, '0')}`, async () => {
      const suite = suiteOf(suiteId) as NonNullable<ReturnType<typeof suiteOf>>;
      const commitmentPolicy = isCommitting(suite) ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT';
      const options = { suiteId: suiteId as SuiteId, commitmentPolicy } as const;
      const message = await encrypt(yielding(), utf8('x'), options);
      const right = dataKey.slice(0, suite.keyLength);
      const wrong = [0, 1, 15, 17, 33, 64].map((length) => random(length));
      const read = { commitmentPolicy } as const;
      assert.deepEqual((await decrypt(yielding(...wrong, right), message, read)).plaintext, utf8('x'));
      await assertFails(decrypt(yielding(...wrong), message, read), 'InvalidCiphertextException');
    });
});
