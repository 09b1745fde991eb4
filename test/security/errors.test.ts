// One error for every failure of decryption, and no secret in any error (threat model, items 8 and 28).
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { KmsError } from '../../src/index.ts';
import { flipBit, random, utf8 } from '../support/bytes.ts';
import { failure } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

describe('errors', () => {
  test('do not tell failures of decryption apart', async () => {
    const kms = await newKms();
    const [KeyId, other] = [await newKey(kms), await newKey(kms)];
    const EncryptionContext = { a: '1' };
    const { CiphertextBlob: blob } = await kms.encrypt({ KeyId, Plaintext: utf8('secret'), EncryptionContext });
    const { CiphertextBlob: foreign } = await kms.encrypt({
      KeyId: other,
      Plaintext: utf8('secret'),
      EncryptionContext,
    });
    const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
    const blobs: Uint8Array[] = [
      flipBit(blob, 0), // format
      flipBit(blob, 8), // algorithm
      flipBit(blob, 17), // kind: no such kind
      flipBit(blob, 19 * 8), // material id
      flipBit(blob, 51 * 8), // salt
      flipBit(blob, 75 * 8), // commitment
      flipBit(blob, 107 * 8), // ciphertext
      flipBit(blob, blob.length * 8 - 1), // tag
      blob.slice(0, 1),
      blob.slice(0, 50),
      blob.slice(0, 51),
      blob.slice(0, 106),
      blob.slice(0, 122),
      blob.slice(0, -1),
      join(blob, new Uint8Array(1)),
      join(blob.slice(0, 51), foreign.slice(51)), // one key's header, another's message
      join(blob.slice(0, 75), random(32), blob.slice(107)),
      random(6144),
      utf8('not a ciphertext'),
    ];
    const seen = new Set<string>();
    const describeError = (error: KmsError) => {
      const { requestId: _, ...metadata } = error.$metadata;
      seen.add(
        JSON.stringify([
          error.name,
          error.code,
          error.message,
          error.$fault,
          metadata,
          Object.keys(error).sort(),
          error.cause ?? null,
        ]),
      );
    };
    for (const CiphertextBlob of blobs)
      describeError(await failure(kms.decrypt({ CiphertextBlob, EncryptionContext })));
    describeError(await failure(kms.decrypt({ CiphertextBlob: blob })));
    describeError(await failure(kms.decrypt({ CiphertextBlob: blob, EncryptionContext: { a: '2' } })));
    describeError(await failure(kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: KeyId })));
    assert.equal(seen.size, 1, [...seen].join('\n'));
  });

  test('hold no plaintext and no context', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const canary = 'canary-5f1e';
    const Plaintext = utf8(canary.repeat(400));
    const errors = [
      await failure(kms.encrypt({ KeyId, Plaintext })),
      await failure(kms.encrypt({ KeyId, Plaintext: canary as never })),
      await failure(kms.encrypt({ KeyId, Plaintext: utf8(canary), EncryptionContext: { a: `${canary}\ud800` } })),
      await failure(kms.encrypt({ KeyId, Plaintext: utf8(canary), EncryptionContext: { a: canary.repeat(1000) } })),
      await failure(kms.decrypt({ CiphertextBlob: utf8(canary) })),
    ];
    for (const error of errors) {
      const text = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join();
      assert.notInclude(text.replaceAll('errors.test', ''), canary);
    }
  });

  test('are KmsErrors with fault, code and request id', async () => {
    const kms = await newKms();
    const error = await failure(kms.describeKey({ KeyId: 'x' }));
    assert.instanceOf(error, KmsError);
    assert.instanceOf(error, Error);
    assert.equal(error.$fault, 'client');
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId as string, /^[0-9a-f-]{36}$/);
  });
});
