// Metadata and instruction files as the clients of other languages write them, where they are not what ours writes.
import { gcm } from '@noble/ciphers/aes.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { decryptObject, encryptObject, kmsKeyring } from '../../src/s3/index.ts';
import { pattern } from '../streams/flows.ts';
import { paperKms } from '../streams/paper-kms.ts';
import { random } from '../support/bytes.ts';
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
});
