// Metadata and instruction files as the clients of other languages write them, where they are not what ours writes.
import { aeskw, cbc, ecb, gcm } from '@noble/ciphers/aes.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { hmacPrf } from '../../src/cipher/hmac.ts';
import { deriveFrom } from '../../src/formats/s3/commitment.ts';
import {
  aesKeyring,
  decryptObject,
  decryptObjectUnverified,
  decryptRangeUnauthenticated,
  encryptObject,
  kmsKeyring,
  rsaKeyring,
  type S3Keyring,
} from '../../src/s3/index.ts';
import { collect, pattern, streamOf } from '../streams/flows.ts';
import { paperKms } from '../streams/paper-kms.ts';
import { type Bytes, random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newAesKeyring } from './objects.ts';

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

describe('an object of another client', () => {
  test('opens where both descriptions stand in format v3, and the one that does not belong to the wrapping is empty', async () => {
    const empty = { 'x-amz-unencrypted-content-length': '' };
    const kms = kmsKeyring(await paperKms(), { KeyId: 'k' });
    const wrapped = await encryptObject(pattern(100), { keyring: kms, EncryptionContext: { a: '1' } });
    const go = { ...wrapped, metadata: { ...wrapped.metadata, ...empty, 'x-amz-m': '' } };
    assert.deepEqual(await decryptObject(go, { keyring: kms, EncryptionContext: { a: '1' } }), pattern(100));
    const raw = newAesKeyring();
    const sealed = await encryptObject(pattern(100), { keyring: raw });
    for (const entries of [{ 'x-amz-t': '' }, { 'x-amz-t': '', 'x-amz-m': '' }, { 'x-amz-t': '', 'x-amz-m': '{}' }])
      assert.deepEqual(
        await decryptObject({ ...sealed, metadata: { ...sealed.metadata, ...empty, ...entries } }, { keyring: raw }),
        pattern(100),
      );
    const other = { ...wrapped, metadata: { ...wrapped.metadata, 'x-amz-m': '{}' } };
    await assertFails(
      decryptObject(other, { keyring: kms, EncryptionContext: { a: '1' } }),
      'InvalidCiphertextException',
    );
  });

  test('opens where the lengths in its instruction file are numbers', async () => {
    const keyring = newAesKeyring();
    const options = { keyring, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } as const;
    const sealed = await encryptObject(pattern(100), { ...options, instructionFile: true });
    const entries = JSON.parse(sealed.instruction ?? '') as Record<string, string>;
    const php = (lengths: object) => ({ ...sealed, instruction: JSON.stringify({ ...entries, ...lengths }) });
    const numbers = { 'x-amz-tag-len': 128, 'x-amz-unencrypted-content-length': 100 };
    assert.deepEqual(await decryptObject(php(numbers), options), pattern(100));
    for (const wrong of [{ 'x-amz-tag-len': 96 }, { 'x-amz-tag-len': 128.5 }, { 'x-amz-iv': 12 }])
      await assertFails(decryptObject(php(wrong), options), 'InvalidCiphertextException');
  });

  test('opens without its context where the data key is wrapped as kms, as that of mail which Amazon SES stored', async () => {
    const kms = await paperKms();
    const keyring = kmsKeyring(kms, { KeyId: 'k', legacyWrapping: true });
    const mail = {
      'aws:ses:message-id': 'd6iitobk75ur44p8kdnnp7g2n800',
      'aws:ses:rule-name': 'example-receipt-rule-name',
      'aws:ses:source-account': '111122223333',
    };
    const EncryptionContext = { ...mail, kms_cmk_id: 'k' };
    const { Plaintext, CiphertextBlob } = await kms.generateDataKey({
      KeyId: 'k',
      NumberOfBytes: 32,
      EncryptionContext,
    });
    const iv = random(12);
    const body = new Uint8Array(gcm(Plaintext, iv).encrypt(pattern(100)));
    const metadata = {
      'x-amz-key-v2': toBase64(CiphertextBlob),
      'x-amz-iv': toBase64(iv),
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-tag-len': '128',
      'x-amz-wrap-alg': 'kms',
      'x-amz-matdesc': JSON.stringify(EncryptionContext),
      'x-amz-unencrypted-content-length': '100',
    };
    const options = { keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
    const read = (more: object) => decryptObject({ body, metadata }, { ...options, ...more });
    assert.deepEqual(await read({}), pattern(100));
    assert.deepEqual(await read({ EncryptionContext: mail }), pattern(100));
    const other = { EncryptionContext: { ...mail, 'aws:ses:rule-name': 'another' } };
    await assertFails(read(other), 'InvalidCiphertextException');
    await assertFails(read({ keyring: kmsKeyring(kms, { KeyId: 'k' }) }), 'ObjectFormatRefused');
    // What binds the algorithm is bound to the context as well.
    const forged = { ...metadata, 'x-amz-wrap-alg': 'kms+context' };
    await assertFails(decryptObject({ body, metadata: forged }, options), 'InvalidCiphertextException');
  });

  // The client of PHP makes a data key as long as its option KeySize says, and RSA-OAEP-SHA1 names the length beside the key.
  for (const length of [16, 24])
    test(`opens where the data key has ${length} bytes, in the formats that leave its length open`, async () => {
      const dataKey = random(length);
      const plaintext = pattern(300_000);
      for (const { keyring, wrap, isLegacy, wrapped } of await wrappings(dataKey)) {
        const options = { keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
        const names = { 'x-amz-wrap-alg': wrap, 'x-amz-matdesc': description(wrap) };
        if (!isLegacy) {
          const iv = random(12);
          const metadata = {
            ...{ 'x-amz-key-v2': toBase64(await wrapped('AES/GCM/NoPadding')), 'x-amz-iv': toBase64(iv), ...names },
            ...{ 'x-amz-cek-alg': 'AES/GCM/NoPadding', 'x-amz-tag-len': '128' },
          };
          const body = new Uint8Array(gcm(dataKey, iv).encrypt(plaintext));
          assert.deepEqual(await decryptObject({ metadata, body }, options), plaintext, wrap);
          const held = await decryptObject({ metadata, body: streamOf(body) }, options);
          assert.deepEqual(await collect(held), plaintext);
          const early = await decryptObjectUnverified({ metadata, body: streamOf(body) }, options);
          assert.deepEqual(await collect(early), plaintext);
          const part = { metadata, body: body.slice(16, 200_000), offset: 16, size: body.length };
          const range = await decryptRangeUnauthenticated(part, { first: 33, last: 190_000 }, options);
          assert.deepEqual(range, plaintext.slice(33, 190_001));
          body[5] = (body[5] as number) ^ 1;
          await assertFails(decryptObject({ metadata, body }, options), 'InvalidCiphertextException');
        } else {
          const iv = random(16);
          const old = { 'x-amz-iv': toBase64(iv), 'x-amz-matdesc': '{}' };
          const key = toBase64(await wrapped(''));
          const cek = 'AES/CBC/PKCS5Padding';
          const metadata =
            wrap === 'AES'
              ? { ...old, 'x-amz-key': key }
              : { ...old, 'x-amz-key-v2': key, 'x-amz-wrap-alg': wrap, 'x-amz-cek-alg': cek };
          const body = new Uint8Array(cbc(dataKey, iv).encrypt(plaintext));
          const allowed = { ...options, legacyUnauthenticatedContent: true };
          assert.deepEqual(await decryptObject({ metadata, body }, allowed), plaintext, wrap);
          const cut = { metadata, body: body.slice(0, -1) };
          await assertFails(decryptObject(cut, allowed), 'InvalidCiphertextException');
        }
      }
    });

  test('does not open where the data key of format v3 is shorter than 32 bytes, or that of v2 is none of AES', async () => {
    for (const length of [16, 24, 31, 33, 0]) {
      const dataKey = random(length);
      const messageId = random(28);
      const derivation = await deriveFrom(hmacPrf, dataKey, messageId);
      const [commitment, contentKey] = [await derivation.commitment(), await derivation.contentKey()];
      for (const { keyring, wrap, isLegacy, wrapped } of await wrappings(dataKey)) {
        if (isLegacy) continue;
        const v3 = {
          ...{ 'x-amz-c': '115', 'x-amz-3': toBase64(await wrapped('115')) },
          ...{ 'x-amz-i': toBase64(messageId), 'x-amz-d': toBase64(commitment) },
          ...(wrap === 'kms+context'
            ? { 'x-amz-w': '12', 'x-amz-t': '{"aws:x-amz-cek-alg":"115"}' }
            : { 'x-amz-w': wrap === 'AES/GCM' ? '02' : '22' }),
        };
        const iv = new Uint8Array(12).fill(1);
        const body = new Uint8Array(gcm(contentKey, iv, Uint8Array.of(0, 0x73)).encrypt(pattern(100)));
        await assertFails(decryptObject({ metadata: v3, body }, { keyring }), 'InvalidCiphertextException');
        if (length === 16 || length === 24) continue;
        const v2 = {
          ...{ 'x-amz-key-v2': toBase64(await wrapped('AES/GCM/NoPadding')), 'x-amz-iv': toBase64(iv) },
          ...{ 'x-amz-cek-alg': 'AES/GCM/NoPadding', 'x-amz-tag-len': '128' },
          ...{ 'x-amz-wrap-alg': wrap, 'x-amz-matdesc': description(wrap) },
        };
        const options = { keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
        await assertFails(decryptObject({ metadata: v2, body }, options), 'InvalidCiphertextException');
      }
    }
  });
});

interface Wrapping {
  readonly keyring: S3Keyring;
  readonly wrap: string;
  readonly isLegacy: boolean;
  /** @param name of the content algorithm */
  wrapped(name: string): Promise<Bytes>;
}

const description = (wrap: string): string =>
  wrap === 'kms+context' ? '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}' : '{}';

/** One data key under every wrapping. */
async function wrappings(dataKey: Bytes): Promise<Wrapping[]> {
  const key = random(32);
  const raw = aesKeyring(key, { legacyWrapping: true });
  const kms = {
    generateDataKey: () => Promise.reject(new Error('only read')),
    decrypt: async () => ({ Plaintext: dataKey.slice() }),
  };
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  const under = (name: string) => Uint8Array.of(dataKey.length, ...dataKey, ...utf8(name));
  return [
    {
      ...{ keyring: kmsKeyring(kms, { KeyId: 'k' }), wrap: 'kms+context', isLegacy: false },
      wrapped: async () => random(100),
    },
    {
      ...{ keyring: raw, wrap: 'AES/GCM', isLegacy: false },
      async wrapped(name) {
        const iv = random(12);
        return Uint8Array.of(...iv, ...gcm(key, iv, utf8(name)).encrypt(dataKey));
      },
    },
    {
      ...{ keyring: rsaKeyring({ privateKey }), wrap: 'RSA-OAEP-SHA1', isLegacy: false },
      wrapped: async (name) =>
        new Uint8Array(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, publicKey, under(name))),
    },
    {
      ...{ keyring: raw, wrap: 'AESWrap', isLegacy: true },
      wrapped: async () => new Uint8Array(aeskw(key).encrypt(dataKey)),
    },
    {
      ...{ keyring: raw, wrap: 'AES', isLegacy: true },
      wrapped: async () => new Uint8Array(ecb(key).encrypt(dataKey)),
    },
  ];
}
