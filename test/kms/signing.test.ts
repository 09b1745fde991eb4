import { assert } from 'chai';
import { describe, test } from 'vitest';
import { flipBit, random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { messagesFor, ofUsage } from '../support/kinds.ts';
import { newKey, newKms } from '../support/kms.ts';

const signatureText = 'The signature is not valid for this key, message and algorithm.';

describe('Sign and Verify', () => {
  for (const kind of ofUsage('SIGN_VERIFY')) {
    test(`${kind.KeySpec}: a changed message, signature or key is refused, always with one error`, {
      timeout: 60_000,
    }, async () => {
      const kms = await newKms();
      const { KeyMetadata: key } = await kms.createKey(kind);
      const other = await newKey(kms, kind);
      for (const SigningAlgorithm of key.SigningAlgorithms ?? []) {
        for (const signed of await messagesFor(SigningAlgorithm)) {
          const call = { KeyId: key.KeyId, SigningAlgorithm, ...signed };
          const reply = await kms.sign(call);
          assert.deepEqual([reply.KeyId, reply.SigningAlgorithm], [key.Arn, SigningAlgorithm]);
          const { Signature } = reply;
          const verified = await kms.verify({ ...call, Signature });
          assert.deepEqual([verified.KeyId, verified.SignatureValid], [key.Arn, true]);
          for (const changed of [
            { Message: flipBit(signed.Message, 5) },
            { Signature: flipBit(Signature, 0) },
            { Signature: flipBit(Signature, Signature.length * 4) },
            { Signature: flipBit(Signature, Signature.length * 8 - 1) },
            { Signature: Signature.slice(0, -1) },
            { Signature: Uint8Array.from([...Signature, 0]) },
            { Signature: utf8('x') },
            { Signature: random(6144) },
            { KeyId: other },
          ]) {
            const attempt = kms.verify({ ...call, Signature, ...changed });
            await assertFails(attempt, 'KMSInvalidSignatureException', signatureText);
          }
        }
      }
    });
  }

  test('a signature over a message and one over its digest are the same kind of signature', async () => {
    const kms = await newKms();
    for (const kind of ofUsage('SIGN_VERIFY').filter(({ KeySpec }) => /^(RSA|ECC_NIST_P|ECC_SECG)/.test(KeySpec))) {
      const { KeyMetadata: key } = await kms.createKey(kind);
      for (const SigningAlgorithm of key.SigningAlgorithms ?? []) {
        const [raw, digest] = await messagesFor(SigningAlgorithm);
        const call = { KeyId: key.KeyId, SigningAlgorithm };
        for (const [signed, checked] of [
          [raw, digest],
          [digest, raw],
        ]) {
          if (signed === undefined || checked === undefined) throw new Error('no digest');
          const { Signature } = await kms.sign({ ...call, ...signed });
          await kms.verify({ ...call, ...checked, Signature });
        }
      }
    }
  }, 60_000);

  test('RAW is the default, and takes 1 to 4096 bytes', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const call = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256' as const };
    const { Signature } = await kms.sign({ ...call, Message: random(4096) });
    assert.equal(Signature[0], 0x30);
    for (const Message of [random(4097), new Uint8Array(0)]) {
      await assertFails(kms.sign({ ...call, Message }), 'ValidationException', /Value at 'message' failed/);
    }
    await assertFails(
      kms.verify({ ...call, Message: random(1), Signature: random(6145) }),
      'ValidationException',
      /Value at 'signature' failed/,
    );
    await assertFails(
      kms.sign({ ...call, Message: random(1), MessageType: 'HASH' as never }),
      'ValidationException',
      "1 validation error detected: Value 'HASH' at 'messageType' failed to satisfy constraint: Member must satisfy enum value set: [RAW, DIGEST, EXTERNAL_MU]",
    );
    await assertFails(kms.sign({ KeyId, Message: random(1) } as never), 'ValidationException', /signingAlgorithm/);
  });

  test('a digest has the length of its hash', async () => {
    const kms = await newKms();
    for (const [KeySpec, SigningAlgorithm, right] of [
      ['RSA_2048', 'RSASSA_PSS_SHA_384', 48],
      ['ECC_NIST_P521', 'ECDSA_SHA_512', 64],
      ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 32],
      ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 64],
      ['ML_DSA_44', 'ML_DSA_SHAKE_256', 64],
    ] as const) {
      const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const MessageType = KeySpec === 'ML_DSA_44' ? 'EXTERNAL_MU' : 'DIGEST';
      for (const length of [right - 1, right + 1, 20]) {
        const call = { KeyId, SigningAlgorithm, MessageType, Message: random(length) } as const;
        const what = KeySpec === 'ML_DSA_44' ? 'External Mu' : 'Digest';
        const text = `${what} is invalid length for algorithm ${SigningAlgorithm}.`;
        await assertFails(kms.sign(call), 'ValidationException', text);
        await assertFails(kms.verify({ ...call, Signature: random(64) }), 'ValidationException', text);
      }
      await kms.sign({ KeyId, SigningAlgorithm, MessageType, Message: random(right) });
    }
  }, 60_000);

  test('types of messages that an algorithm does not have are refused', async () => {
    const kms = await newKms();
    for (const [KeySpec, SigningAlgorithm, types] of [
      ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', ['DIGEST', 'EXTERNAL_MU']],
      ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', ['RAW', 'EXTERNAL_MU']],
      ['ML_DSA_44', 'ML_DSA_SHAKE_256', ['DIGEST']],
      ['ECC_NIST_P256', 'ECDSA_SHA_256', ['EXTERNAL_MU']],
    ] as const) {
      const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' });
      for (const MessageType of types) {
        const call = { KeyId, SigningAlgorithm, MessageType, Message: random(64) };
        await assertFails(kms.sign(call), 'ValidationException', /^Message type/);
        await assertFails(kms.verify({ ...call, Signature: random(64) }), 'ValidationException', /^Message type/);
      }
    }
  });

  test('an algorithm of another spec is refused, before the length of the digest', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    await assertFails(
      kms.sign({ KeyId, SigningAlgorithm: 'ECDSA_SHA_384', MessageType: 'DIGEST', Message: random(1) }),
      'InvalidKeyUsageException',
      'Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.',
    );
    await assertFails(
      kms.verify({ KeyId, SigningAlgorithm: 'SM2DSA', Message: random(1), Signature: random(1) }),
      'InvalidKeyUsageException',
    );
  });

  test('what is signed is what was there at the call, and is left as it was', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' });
    const call = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: utf8('secret') } as const;
    const signing = kms.sign(call);
    call.Message.fill(0);
    const { Signature } = await signing;
    const again = { ...call, Message: utf8('secret'), Signature };
    const verifying = kms.verify(again);
    again.Signature.fill(0);
    await verifying;
    assert.deepEqual(again.Message, utf8('secret'));
  });

  test('DryRun ends where the call would have succeeded, and only there', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const call = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: random(10) } as const;
    const { Signature } = await kms.sign(call);
    await assertFails(kms.sign({ ...call, DryRun: true }), 'DryRunOperationException');
    await assertFails(kms.verify({ ...call, Signature, DryRun: true }), 'DryRunOperationException');
    await assertFails(
      kms.verify({ ...call, Signature: flipBit(Signature, 100), DryRun: true }),
      'KMSInvalidSignatureException',
    );
    await assertFails(
      kms.sign({ ...call, SigningAlgorithm: 'ECDSA_SHA_512', DryRun: true }),
      'InvalidKeyUsageException',
    );
    await assertFails(kms.sign({ ...call, GrantTokens: ['x'] }), 'InvalidGrantTokenException');
  });
});
