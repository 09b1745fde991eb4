// DeriveSharedSecret, Encapsulate and Decapsulate: a secret that two sides have.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { flipBit, random } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { ofUsage } from '../support/kinds.ts';
import { newKey, newKms } from '../support/kms.ts';

describe('DeriveSharedSecret', () => {
  test('gives both sides the same secret, as long as a coordinate', async () => {
    const kms = await newKms();
    for (const kind of ofUsage('KEY_AGREEMENT')) {
      const [a, b] = [await newKey(kms, kind), await newKey(kms, kind)];
      const derive = async (mine: string, theirs: string) => {
        const { PublicKey } = await kms.getPublicKey({ KeyId: theirs });
        return kms.deriveSharedSecret({ KeyId: mine, KeyAgreementAlgorithm: 'ECDH', PublicKey });
      };
      const [one, two] = [await derive(a, b), await derive(b, a)];
      assert.deepEqual(one.SharedSecret, two.SharedSecret);
      assert.equal(one.SharedSecret.length, { P256: 32, P384: 48, P521: 66 }[kind.KeySpec.slice(-4)]);
      assert.deepEqual([one.KeyId, one.KeyAgreementAlgorithm, one.KeyOrigin], [a, 'ECDH', 'AWS_KMS']);
    }
  });

  test('refuses what is not a public key of the same curve, without a word', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
    const own = (await kms.getPublicKey({ KeyId })).PublicKey;
    const other = await newKey(kms, { KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' });
    const signer = await newKey(kms, { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' });
    for (const PublicKey of [
      random(8192),
      own.slice(0, -1),
      Uint8Array.from([...own, 0]),
      flipBit(own, own.length * 8 - 1), // not on the curve
      own.slice(-65),
      (await kms.getPublicKey({ KeyId: other })).PublicKey,
      (await kms.getPublicKey({ KeyId: signer })).PublicKey,
    ]) {
      const call = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
      await assertFails(kms.deriveSharedSecret(call), 'ValidationException', '');
    }
    await assertFails(
      kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: own, DryRun: true }),
      'DryRunOperationException',
    );
    await assertFails(
      kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: own, Recipient: {} }),
      'UnsupportedOperationException',
    );
    await assertFails(
      kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'DH' as never, PublicKey: own }),
      'ValidationException',
      /keyAgreementAlgorithm/,
    );
  });
});

describe('Encapsulate and Decapsulate', () => {
  const EncapsulationAlgorithm = 'ML_KEM';

  test('give both sides the same secret of 32 bytes', async () => {
    const kms = await newKms();
    for (const kind of ofUsage('ENCAPSULATE_DECAPSULATE')) {
      const { KeyMetadata: key } = await kms.createKey(kind);
      const KeyId = key.KeyId;
      const made = await kms.encapsulate({ KeyId, EncapsulationAlgorithm });
      const length = { ML_KEM_512: 768, ML_KEM_768: 1088, ML_KEM_1024: 1568 }[kind.KeySpec as string];
      assert.deepEqual([made.SharedSecret.length, made.SharedSecretCiphertextBlob.length], [32, length]);
      const { SharedSecretCiphertextBlob } = made;
      const opened = await kms.decapsulate({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob });
      assert.deepEqual(opened.SharedSecret, made.SharedSecret);
      assert.deepEqual([made.KeyId, opened.KeyId], [key.Arn, key.Arn]);
    }
  });

  test('a changed ciphertext gives another secret, always the same one; a wrong length is refused', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    const { SharedSecret, SharedSecretCiphertextBlob: blob } = await kms.encapsulate({ KeyId, EncapsulationAlgorithm });
    const open = async (SharedSecretCiphertextBlob: Uint8Array) =>
      (await kms.decapsulate({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob })).SharedSecret;
    for (const changed of [flipBit(blob, 9), random(1088)]) {
      const rejected = await open(changed);
      assert.notDeepEqual(rejected, SharedSecret);
      assert.deepEqual(await open(changed), rejected);
    }
    for (const wrong of [blob.slice(0, -1), random(1089), random(768)]) {
      await assertFails(open(wrong), 'InvalidCiphertextException');
    }
    const dryRun = { KeyId, EncapsulationAlgorithm, DryRun: true } as const;
    await assertFails(kms.encapsulate(dryRun), 'DryRunOperationException');
    await assertFails(kms.decapsulate({ ...dryRun, SharedSecretCiphertextBlob: blob }), 'DryRunOperationException');
  });
});
