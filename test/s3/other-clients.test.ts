// Metadata and instruction files as the clients of other languages write them, where they are not what ours writes.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { decryptObject, encryptObject, kmsKeyring } from '../../src/s3/index.ts';
import { pattern } from '../streams/flows.ts';
import { paperKms } from '../streams/paper-kms.ts';
import { assertFails } from '../support/errors.ts';
import { newAesKeyring } from './objects.ts';

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
});
