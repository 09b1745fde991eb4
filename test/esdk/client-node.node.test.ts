// Both directions with the official client for Node: every suite, wrapping keys of every length, contexts that sort differently
// by UTF-8, UTF-16 and locale, sizes around frames, RSA with every OAEP hash, several keyrings.
import { generateKeyPairSync } from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  decrypt,
  decryptStream,
  encrypt,
  encryptStream,
  multiKeyring,
  type RsaPadding,
  rawAesKeyring,
  rawRsaKeyring,
  type SuiteId,
} from '../../src/esdk/index.ts';
import { suiteIds, suiteOf } from '../../src/formats/esdk/suites.ts';
import { collect, streamOf } from '../streams/flows.ts';
import { loadClientNode } from '../support/aws-client-node.ts';
import { type Bytes, random } from '../support/bytes.ts';

const sdk = loadClientNode();
const keyNamespace = 'both';
const contexts: Record<string, string>[] = [
  {},
  { A: '1', a: '2', b: '3', B: '4' },
  { '\u{10000}': 'astral', '\uff61': 'half-width', ä: '', z: 'Z', Z: 'ß' },
];
const sizes: [length: number, frameLength: number][] = [
  [0, 16],
  [15, 16],
  [16, 16],
  [33, 16],
  [5000, 4096],
  [10, 65_536],
];

function policyOf(id: SuiteId) {
  return suiteOf(id)?.version === 2 ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT';
}

const theirs = (commitmentPolicy: string) =>
  sdk.buildClient({ commitmentPolicy: commitmentPolicy as never, maxEncryptedDataKeys: false });

describe('messages between @aws-crypto/client-node and ours', () => {
  for (const suiteId of suiteIds)
    test(`of suite ${suiteId.toString(16).padStart(4, '0')}`, async () => {
      const commitmentPolicy = policyOf(suiteId);
      const client = theirs(commitmentPolicy);
      for (const [bits, wrappingSuite] of [
        [16, sdk.RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING],
        [24, sdk.RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING],
        [32, sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING],
      ] as const) {
        const key = random(bits);
        const names = { keyNamespace, keyName: `key-${bits}` };
        const ours = rawAesKeyring({ ...names, wrappingKey: key });
        // The client keeps and wipes what it gets.
        const other = new sdk.RawAesKeyringNode({
          ...names,
          unencryptedMasterKey: key.slice(),
          wrappingSuite,
          utf8Sorting: true,
        });
        for (const encryptionContext of contexts)
          for (const [length, frameLength] of sizes) {
            const plaintext = random(length);
            const options = { suiteId, encryptionContext, frameLength };
            const { result } = await client.encrypt(other, plaintext, options as never);
            const opened = await decrypt(ours, result, { encryptionContext, commitmentPolicy });
            assert.deepEqual(opened.plaintext, plaintext);
            const message = await encrypt(ours, plaintext, { ...options, commitmentPolicy });
            const read = await client.decrypt(other, message);
            assert.deepEqual(new Uint8Array(read.plaintext), plaintext);
            assert.deepOwnInclude({ ...read.messageHeader.encryptionContext }, encryptionContext);
          }
        const plaintext = random(1000);
        const passing = encryptStream(ours, { suiteId, commitmentPolicy, frameLength: 64 });
        const message = await collect(streamOf(plaintext, [33]).pipeThrough(passing));
        assert.deepEqual(new Uint8Array((await client.decrypt(other, message)).plaintext), plaintext);
        const { result } = await client.encrypt(other, plaintext, { suiteId, frameLength: 64 } as never);
        const reading = decryptStream(ours, { commitmentPolicy });
        assert.deepEqual(await collect(streamOf(result, [57]).pipeThrough(reading)), plaintext);
      }
    }, 60_000);

  test('under RSA keys, with every OAEP hash', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const client = theirs('REQUIRE_ENCRYPT_REQUIRE_DECRYPT');
    for (const oaepHash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
      const names = { keyNamespace, keyName: 'rsa' };
      const padding: RsaPadding = `oaep-${oaepHash}`;
      const ours = rawRsaKeyring({ ...names, padding, publicKey, privateKey });
      const other = new sdk.RawRsaKeyringNode({ ...names, rsaKey: { publicKey, privateKey }, oaepHash });
      const plaintext = random(100);
      const { result } = await client.encrypt(other, plaintext);
      assert.deepEqual((await decrypt(ours, result)).plaintext, plaintext);
      assert.deepEqual(
        new Uint8Array((await client.decrypt(other, await encrypt(ours, plaintext))).plaintext),
        plaintext,
      );
    }
  });

  test('under RSA with PKCS#1 v1.5, which that client only writes', async () => {
    const { constants } = await import('node:crypto');
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const names = { keyNamespace, keyName: 'rsa' };
    const other = new sdk.RawRsaKeyringNode({ ...names, rsaKey: { publicKey }, padding: constants.RSA_PKCS1_PADDING });
    const plaintext = random(100);
    const { result } = await theirs('REQUIRE_ENCRYPT_REQUIRE_DECRYPT').encrypt(other, plaintext);
    const ours = rawRsaKeyring({ ...names, padding: 'pkcs1', privateKey });
    assert.deepEqual((await decrypt(ours, result)).plaintext, plaintext);
  });

  test('under several keyrings, each of which opens', async () => {
    const keys = [random(32), random(32)] as [Bytes, Bytes];
    const wrappingSuite = sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING;
    const ours = keys.map((wrappingKey, i) => rawAesKeyring({ keyNamespace, keyName: `key-${i}`, wrappingKey }));
    const others = keys.map(
      (key, i) =>
        new sdk.RawAesKeyringNode({
          keyNamespace,
          keyName: `key-${i}`,
          unencryptedMasterKey: key.slice(),
          wrappingSuite,
          utf8Sorting: true,
        }),
    );
    const [generator, child] = ours as [(typeof ours)[0], (typeof ours)[0]];
    const client = theirs('REQUIRE_ENCRYPT_REQUIRE_DECRYPT');
    const plaintext = random(100);
    const message = await encrypt(multiKeyring({ generator, children: [child] }), plaintext);
    for (const other of others)
      assert.deepEqual(new Uint8Array((await client.decrypt(other, message)).plaintext), plaintext);
    const several = new sdk.MultiKeyringNode({ generator: others[0] as never, children: [others[1] as never] });
    const { result } = await client.encrypt(several, plaintext);
    for (const own of ours) assert.deepEqual((await decrypt(own, result)).plaintext, plaintext);
  });
});
