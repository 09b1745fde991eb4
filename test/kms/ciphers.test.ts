import { assert } from 'chai';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { flipBit, random, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

describe('Encrypt and Decrypt', () => {
  test('what is encrypted is decrypted, at every size', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const { KeyMetadata: key } = await kms.describeKey({ KeyId });
    for (const length of [1, 15, 16, 17, 32, 1000, 4095, 4096]) {
      const Plaintext = random(length);
      const sealed = await kms.encrypt({ KeyId, Plaintext });
      assert.equal(sealed.CiphertextBlob.length, length + 123);
      assert.equal(sealed.KeyId, key.Arn);
      assert.equal(sealed.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT');
      const opened = await kms.decrypt({ CiphertextBlob: sealed.CiphertextBlob });
      assert.deepEqual(opened.Plaintext, Plaintext);
      assert.equal(opened.KeyId, key.Arn);
      assert.equal(opened.KeyMaterialId, key.CurrentKeyMaterialId);
    }
  });

  test('the same plaintext never gives the same ciphertext', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const blobs = await Promise.all(Array.from({ length: 50 }, () => kms.encrypt({ KeyId, Plaintext: utf8('same') })));
    assert.equal(new Set(blobs.map(({ CiphertextBlob }) => CiphertextBlob.join())).size, 50);
  });

  test('sizes outside the limits are refused with the name of the member', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: random(4097) }),
      'ValidationException',
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    );
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: new Uint8Array(0) }),
      'ValidationException',
      /greater than or equal to 1/,
    );
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: 'text' as never }),
      'SerializationException',
      /^Plaintext must be a Uint8Array/,
    );
    await assertFails(kms.encrypt({ KeyId, Plaintext: new ArrayBuffer(3) as never }), 'SerializationException');
    await assertFails(kms.encrypt({ KeyId, Plaintext: [1, 2] as never }), 'SerializationException');
    await assertFails(kms.decrypt({ CiphertextBlob: random(6145) }), 'ValidationException');
    await assertFails(kms.decrypt({}), 'ValidationException', /Value null at 'ciphertextBlob'/);
    const error = await failure(kms.encrypt({} as never));
    assert.match(error.message, /^2 validation errors detected: Value null at 'keyId' .*; Value at 'plaintext' /);
  });

  test('the encryption context must be the same, in any order', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const context = { tenant: 'a', 'purpose ü': 'notes' };
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext: context });
    const reordered = { 'purpose ü': 'notes', tenant: 'a' };
    assert.deepEqual((await kms.decrypt({ CiphertextBlob, EncryptionContext: reordered })).Plaintext, utf8('x'));
    const wrong: (Record<string, string> | undefined)[] = [
      undefined,
      {},
      { tenant: 'a' },
      { ...context, more: '' },
      { ...context, tenant: 'A' },
      { Tenant: 'a', 'purpose ü': 'notes' },
      { tenant: 'a', 'purpose u\u0308': 'notes' },
      { tenant: 'notes', 'purpose ü': 'a' },
    ];
    for (const EncryptionContext of wrong) {
      await assertFails(kms.decrypt({ CiphertextBlob, EncryptionContext }), 'InvalidCiphertextException');
    }
    const none = await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext: {} });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob: none.CiphertextBlob })).Plaintext, utf8('x'));
    await assertFails(
      kms.decrypt({ CiphertextBlob: none.CiphertextBlob, EncryptionContext: { '': '' } }),
      'InvalidCiphertextException',
    );
  });

  test('any context that can be written opens again', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const contexts = fc.dictionary(
      fc.string({ unit: 'binary', maxLength: 10 }),
      fc.string({ unit: 'binary', maxLength: 10 }),
      {
        maxKeys: 5,
        noNullPrototype: false,
      },
    );
    await fc.assert(
      fc.asyncProperty(contexts, async (EncryptionContext) => {
        const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext });
        assert.deepEqual((await kms.decrypt({ CiphertextBlob, EncryptionContext })).Plaintext, utf8('x'));
      }),
      { numRuns: 50 },
    );
  });

  test('every change of one bit is refused', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('secret') });
    for (let bit = 0; bit < CiphertextBlob.length * 8; bit++) {
      const { name } = await failure(kms.decrypt({ CiphertextBlob: flipBit(CiphertextBlob, bit) }));
      // A changed key id, or its kind, names another key: as on AWS, that key is not here.
      const isKeyId = bit >= 16 && bit < 19 * 8;
      assert.include(
        isKeyId ? ['AccessDeniedException', 'InvalidCiphertextException'] : ['InvalidCiphertextException'],
        name,
        `bit ${bit}`,
      );
    }
  });

  test('a ciphertext of another key is IncorrectKeyException', async () => {
    const kms = await newKms();
    const [first, second] = [await newKey(kms), await newKey(kms)];
    const { CiphertextBlob } = await kms.encrypt({ KeyId: first, Plaintext: utf8('x') });
    await assertFails(
      kms.decrypt({ CiphertextBlob, KeyId: second }),
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
    assert.deepEqual((await kms.decrypt({ CiphertextBlob, KeyId: first })).Plaintext, utf8('x'));
    await assertFails(kms.decrypt({ CiphertextBlob, KeyId: 'alias/none' }), 'NotFoundException');
  });

  test('a key that is named is looked at before the ciphertext: leave, state, usage, algorithm', async () => {
    const kms = await newKms();
    const [KeyId, other, disabled] = [await newKey(kms), await newKey(kms), await newKey(kms)];
    await kms.disableKey({ KeyId: disabled });
    const rsa = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    const signing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    const nobody = kms.as({ arn: 'arn:aws:iam::000000000000:user/nobody' });
    const none = random(256);
    for (const blob of [none, CiphertextBlob])
      await assertFails(nobody.decrypt({ CiphertextBlob: blob, KeyId: other }), 'AccessDeniedException');
    await assertFails(kms.decrypt({ CiphertextBlob: none, KeyId: disabled }), 'DisabledException');
    await assertFails(kms.decrypt({ CiphertextBlob: none, KeyId: signing }), 'InvalidKeyUsageException', /SIGN_VERIFY/);
    for (const KeyId of [rsa, other])
      await assertFails(kms.decrypt({ CiphertextBlob: none, KeyId }), 'InvalidCiphertextException');
    for (const wrong of [other, disabled, rsa, signing])
      await assertFails(kms.decrypt({ CiphertextBlob, KeyId: wrong }), 'IncorrectKeyException');
    const asDestination = { DestinationKeyId: other };
    await assertFails(
      nobody.reEncrypt({ CiphertextBlob, SourceKeyId: other, ...asDestination }),
      'AccessDeniedException',
      /kms:ReEncryptFrom/,
    );
    await assertFails(kms.reEncrypt({ CiphertextBlob, SourceKeyId: other, ...asDestination }), 'IncorrectKeyException');
  });

  test('a ciphertext of a key that is elsewhere is AccessDeniedException', async () => {
    const [here, elsewhere] = [await newKms(), await newKms()];
    const { CiphertextBlob } = await elsewhere.encrypt({ KeyId: await newKey(elsewhere), Plaintext: utf8('x') });
    await assertFails(here.decrypt({ CiphertextBlob }), 'AccessDeniedException', /does not exist in this region/);
  });

  test('other bytes are InvalidCiphertextException: those of AWS, random, empty header', async () => {
    const kms = await newKms();
    for (const blob of [
      utf8('x'),
      Uint8Array.of(1, 2, 1, 0, 0x78),
      random(200),
      new Uint8Array(6144),
      Uint8Array.of(0xa1, 1, 0),
    ]) {
      await assertFails(kms.decrypt({ CiphertextBlob: blob }), 'InvalidCiphertextException');
    }
  });

  test('algorithms of other key specs are refused', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
      'InvalidKeyUsageException',
      'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
    );
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionAlgorithm: 'ROT13' as never }),
      'ValidationException',
      /enum value set/,
    );
  });

  test('ill-formed contexts and unknown grant tokens are refused', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const Plaintext = utf8('x');
    await assertFails(
      kms.encrypt({ KeyId, Plaintext, EncryptionContext: { '\ud800': '' } }),
      'ValidationException',
      /well-formed/,
    );
    await assertFails(
      kms.encrypt({ KeyId, Plaintext, EncryptionContext: { a: 'x'.repeat(9000) } }),
      'ValidationException',
      /8192/,
    );
    await assertFails(
      kms.encrypt({ KeyId, Plaintext, EncryptionContext: { a: 1 } as never }),
      'SerializationException',
    );
    await assertFails(kms.encrypt({ KeyId, Plaintext, GrantTokens: ['x'] }), 'InvalidGrantTokenException');
    await assertFails(kms.encrypt({ KeyId, Plaintext, GrantTokens: Array(11).fill('x') }), 'ValidationException');
  });
});

describe('ReEncrypt', () => {
  test('moves a ciphertext to another key and context', async () => {
    const kms = await newKms();
    const [first, second] = [await newKey(kms), await newKey(kms)];
    const { CiphertextBlob } = await kms.encrypt({ KeyId: first, Plaintext: utf8('x'), EncryptionContext: { a: '1' } });
    const moved = await kms.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext: { a: '1' },
      DestinationKeyId: second,
      DestinationEncryptionContext: { b: '2' },
    });
    assert.match(moved.SourceKeyId, new RegExp(first));
    assert.match(moved.KeyId, new RegExp(second));
    assert.notProperty(moved, 'Plaintext');
    assert.deepEqual(
      [moved.SourceEncryptionAlgorithm, moved.DestinationEncryptionAlgorithm],
      ['SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT'],
    );
    assert.notEqual(moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId);
    const opened = await kms.decrypt({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { b: '2' } });
    assert.deepEqual(opened.Plaintext, utf8('x'));
    await assertFails(kms.reEncrypt({ CiphertextBlob, DestinationKeyId: second }), 'InvalidCiphertextException');
    await assertFails(
      kms.reEncrypt({
        CiphertextBlob,
        SourceKeyId: second,
        SourceEncryptionContext: { a: '1' },
        DestinationKeyId: second,
      }),
      'IncorrectKeyException',
    );
  });

  test('needs both keys to be enabled', async () => {
    const kms = await newKms();
    const [first, second] = [await newKey(kms), await newKey(kms)];
    const { CiphertextBlob } = await kms.encrypt({ KeyId: first, Plaintext: utf8('x') });
    await kms.disableKey({ KeyId: second });
    await assertFails(
      kms.reEncrypt({ CiphertextBlob, DestinationKeyId: second }),
      'DisabledException',
      /is disabled\.$/,
    );
    await kms.enableKey({ KeyId: second });
    await kms.disableKey({ KeyId: first });
    await assertFails(kms.reEncrypt({ CiphertextBlob, DestinationKeyId: second }), 'DisabledException');
  });
});

describe('data keys and randomness', () => {
  test('GenerateDataKey gives a key and its ciphertext', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    for (const [request, length] of [
      [{ KeySpec: 'AES_256' }, 32],
      [{ KeySpec: 'AES_128' }, 16],
      [{ NumberOfBytes: 1024 }, 1024],
    ] as const) {
      const reply = await kms.generateDataKey({ KeyId, EncryptionContext: { a: 'b' }, ...request });
      assert.equal(reply.Plaintext.length, length);
      assert.match(reply.KeyMaterialId, /^[0-9a-f]{64}$/);
      const opened = await kms.decrypt({ CiphertextBlob: reply.CiphertextBlob, EncryptionContext: { a: 'b' } });
      assert.deepEqual(opened.Plaintext, reply.Plaintext);
    }
  });

  test('GenerateDataKeyWithoutPlaintext gives the ciphertext only', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const reply = await kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' });
    assert.notProperty(reply, 'Plaintext');
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: reply.CiphertextBlob });
    assert.equal(Plaintext.length, 32);
    assert.isTrue(Plaintext.some((byte) => byte !== 0));
  });

  test('a data key has exactly one length', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const text = 'Please specify either number of bytes or key spec.';
    await assertFails(kms.generateDataKey({ KeyId }), 'ValidationException', text);
    await assertFails(
      kms.generateDataKey({ KeyId, KeySpec: 'AES_256', NumberOfBytes: 32 }),
      'ValidationException',
      text,
    );
    await assertFails(kms.generateDataKey({ KeyId, NumberOfBytes: 1025 }), 'ValidationException');
    await assertFails(kms.generateDataKey({ KeyId, NumberOfBytes: 0 }), 'ValidationException');
    await assertFails(
      kms.generateDataKey({ KeyId, KeySpec: 'AES_256', Recipient: {} }),
      'UnsupportedOperationException',
    );
  });

  test('GenerateRandom gives bytes', async () => {
    const kms = await newKms();
    const { Plaintext } = await kms.generateRandom({ NumberOfBytes: 1024 });
    assert.equal(Plaintext.length, 1024);
    assert.isAbove(new Set(Plaintext).size, 200);
    await assertFails(kms.generateRandom(), 'ValidationException', 'NumberOfBytes is required.');
    await assertFails(
      kms.generateRandom({ NumberOfBytes: 1, CustomKeyStoreId: 'cks-1' }),
      'CustomKeyStoreNotFoundException',
    );
  });
});

describe('DryRun', () => {
  test('ends with DryRunOperationException where the call would have succeeded', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    const text = 'The request would have succeeded, but the DryRun option is set.';
    for (const call of [
      () => kms.encrypt({ KeyId, Plaintext: utf8('x'), DryRun: true }),
      () => kms.decrypt({ CiphertextBlob, DryRun: true }),
      () => kms.decrypt({ KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }),
      () => kms.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId, DryRun: true }),
      () =>
        kms.reEncrypt({
          SourceKeyId: KeyId,
          DestinationKeyId: KeyId,
          DryRun: true,
          DryRunModifiers: ['IGNORE_CIPHERTEXT'],
        }),
      () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256', DryRun: true }),
      () => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256', DryRun: true }),
    ]) {
      await assertFails(call(), 'DryRunOperationException', text);
    }
  });

  test('a real error comes first', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    await assertFails(
      kms.decrypt({ CiphertextBlob: flipBit(CiphertextBlob, 900), DryRun: true }),
      'InvalidCiphertextException',
    );
    await assertFails(
      kms.decrypt({ DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }),
      'ValidationException',
      /keyId/,
    );
    await assertFails(kms.decrypt({ KeyId, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }), 'ValidationException');
    await kms.disableKey({ KeyId });
    await assertFails(kms.encrypt({ KeyId, Plaintext: utf8('x'), DryRun: true }), 'DisabledException');
  });
});

describe('call options', () => {
  test('an aborted signal ends the call with AbortError', async () => {
    const kms = await newKms();
    const controller = new AbortController();
    controller.abort();
    const name = await kms
      .generateRandom({ NumberOfBytes: 1 }, { abortSignal: controller.signal })
      .catch((error: Error) => error.name);
    assert.equal(name, 'AbortError');
    const live = new AbortController();
    const reply = await kms.generateRandom({ NumberOfBytes: 1 }, { abortSignal: live.signal, requestTimeout: 10_000 });
    assert.equal(reply.Plaintext.length, 1);
  });
});
