import { assert } from 'chai';
import { describe, test } from 'vitest';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

const specs = [
  'RSA_2048',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
] as const;

describe('data key pairs', () => {
  test('come with their private half in clear and encrypted, under the encryption context', async () => {
    const kms = await newKms();
    const { KeyMetadata: key } = await kms.createKey();
    const EncryptionContext = { purpose: 'pair' };
    for (const KeyPairSpec of specs) {
      const pair = await kms.generateDataKeyPair({ KeyId: key.KeyId, KeyPairSpec, EncryptionContext });
      assert.deepEqual([pair.KeyId, pair.KeyPairSpec], [key.Arn, KeyPairSpec]);
      assert.equal(pair.KeyMaterialId, key.CurrentKeyMaterialId);
      const CiphertextBlob = pair.PrivateKeyCiphertextBlob;
      const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext });
      assert.deepEqual(opened.Plaintext, pair.PrivateKeyPlaintext);
      await assertFails(kms.decrypt({ CiphertextBlob }), 'InvalidCiphertextException');
      const again = await kms.generateDataKeyPairWithoutPlaintext({ KeyId: key.KeyId, KeyPairSpec });
      assert.notProperty(again, 'PrivateKeyPlaintext');
      assert.notDeepEqual(again.PublicKey, pair.PublicKey);
      const { Plaintext } = await kms.decrypt({ CiphertextBlob: again.PrivateKeyCiphertextBlob });
      assert.isTrue(Plaintext.some((byte) => byte !== 0));
    }
  }, 60_000);

  test('are refused clearly where the spec or the key does not fit', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await assertFails(kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'SM2' }), 'UnsupportedOperationException', /SM2/);
    await assertFails(
      kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'AES_256' as never }),
      'ValidationException',
      /keyPairSpec/,
    );
    const KeyPairSpec = 'ECC_NIST_P256';
    await assertFails(kms.generateDataKeyPair({ KeyId, KeyPairSpec, Recipient: {} }), 'UnsupportedOperationException');
    await assertFails(kms.generateDataKeyPair({ KeyId, KeyPairSpec, DryRun: true }), 'DryRunOperationException');
    await assertFails(
      kms.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec, DryRun: true }),
      'DryRunOperationException',
    );
  });
});
