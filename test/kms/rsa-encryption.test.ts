import { assert } from 'chai';
import { describe, test } from 'vitest';
import { flipBit, random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

const kind = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
const algorithms = [
  ['RSAES_OAEP_SHA_1', 214],
  ['RSAES_OAEP_SHA_256', 190],
] as const;

describe('encryption under RSA keys', () => {
  test('opens what it sealed, up to the most that OAEP takes', async () => {
    const kms = await newKms();
    const { KeyMetadata: key } = await kms.createKey(kind);
    const KeyId = key.KeyId;
    for (const [EncryptionAlgorithm, most] of algorithms) {
      // Some platforms cut zeros off the front.
      const zeros = [new Uint8Array(1), new Uint8Array(32), Uint8Array.of(0, 0, 7)];
      for (const Plaintext of [random(1), random(most), ...zeros]) {
        const sealed = await kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm });
        assert.deepEqual([sealed.CiphertextBlob.length, sealed.KeyId], [256, key.Arn]);
        const opened = await kms.decrypt({ KeyId, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm });
        assert.deepEqual(opened.Plaintext, Plaintext);
        assert.deepEqual([opened.KeyId, opened.EncryptionAlgorithm], [key.Arn, EncryptionAlgorithm]);
        assert.notProperty(opened, 'KeyMaterialId');
      }
      await assertFails(
        kms.encrypt({ KeyId, Plaintext: random(most + 1), EncryptionAlgorithm }),
        'ValidationException',
        `Algorithm ${EncryptionAlgorithm} and key spec RSA_2048 cannot encrypt data larger than ${most} bytes.`,
      );
    }
  });

  test('every failure of decryption is one error', async () => {
    const kms = await newKms();
    const [KeyId, other] = [await newKey(kms, kind), await newKey(kms, kind)];
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const;
    const { CiphertextBlob: blob } = await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionAlgorithm });
    const text = 'The ciphertext is not valid for this key and encryption context.';
    for (const [CiphertextBlob, changes] of [
      [flipBit(blob, 2000), {}],
      [blob.slice(1), {}],
      [random(6144), {}],
      [new Uint8Array(256).fill(0xff), {}],
      [new Uint8Array(256), {}],
      [blob, { KeyId: other }],
      [blob, { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' as const }],
    ] as const) {
      const call = { KeyId, EncryptionAlgorithm, CiphertextBlob, ...changes };
      await assertFails(kms.decrypt(call), 'InvalidCiphertextException', text);
    }
  });

  test('the algorithm must be named, and fit; there is no encryption context', async () => {
    const kms = await newKms();
    const [KeyId, symmetric] = [await newKey(kms, kind), await newKey(kms)];
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: utf8('x') }),
      'InvalidKeyUsageException',
      'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    );
    await assertFails(
      kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
      'InvalidKeyUsageException',
      'You cannot generate a data key with an asymmetric CMK',
    );
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const;
    const { CiphertextBlob } = await kms.encrypt({ KeyId: symmetric, Plaintext: utf8('x') });
    await assertFails(
      kms.decrypt({ CiphertextBlob, EncryptionAlgorithm }),
      'ValidationException',
      'KeyId must not be null',
    );
    await assertFails(
      kms.decrypt({ CiphertextBlob, EncryptionAlgorithm, KeyId: symmetric }),
      'InvalidKeyUsageException',
    );
    await assertFails(kms.decrypt({ CiphertextBlob, KeyId }), 'IncorrectKeyException');
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionAlgorithm, EncryptionContext: { a: 'b' } }),
      'ValidationException',
    );
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionAlgorithm, DryRun: true }),
      'DryRunOperationException',
    );
  });

  test('ReEncrypt goes to an RSA key and back', async () => {
    const kms = await newKms();
    const [rsa, symmetric] = [await newKey(kms, kind), await newKey(kms)];
    const EncryptionContext = { a: 'b' };
    const first = await kms.encrypt({ KeyId: symmetric, Plaintext: utf8('x'), EncryptionContext });
    const there = await kms.reEncrypt({
      CiphertextBlob: first.CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: rsa,
      DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
    });
    assert.property(there, 'SourceKeyMaterialId');
    assert.notProperty(there, 'DestinationKeyMaterialId');
    assert.deepEqual(
      [there.SourceEncryptionAlgorithm, there.DestinationEncryptionAlgorithm],
      ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1'],
    );
    const back = await kms.reEncrypt({
      CiphertextBlob: there.CiphertextBlob,
      SourceKeyId: rsa,
      SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
      DestinationKeyId: symmetric,
    });
    assert.notProperty(back, 'SourceKeyMaterialId');
    assert.deepEqual((await kms.decrypt({ CiphertextBlob: back.CiphertextBlob })).Plaintext, utf8('x'));
    const long = await kms.encrypt({ KeyId: symmetric, Plaintext: random(191) });
    await assertFails(
      kms.reEncrypt({
        CiphertextBlob: long.CiphertextBlob,
        DestinationKeyId: rsa,
        DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      }),
      'ValidationException',
      /cannot encrypt data larger than 190 bytes/,
    );
  });
});
