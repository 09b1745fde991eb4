import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  decryptBlob,
  decryptStream,
  encryptBlob,
  encryptStream,
  openRandomAccess,
  openStreamWorkers,
  rangeResponse,
  rewrapHeader,
} from '../../src/streams/index.ts';
import { chunk, collect, context, decrypted, encrypted, messageStart, pattern, streamOf } from './flows.ts';
import { paperKms } from './paper-kms.ts';

describe('encryptStream and decryptStream', () => {
  test('take an option that is undefined as one that was left out', async () => {
    const kms = await paperKms();
    const none = { EncryptionContext: undefined, workers: undefined, readableType: undefined, signal: undefined };
    const workers = openStreamWorkers({ count: undefined, create: undefined });
    workers.close();
    const sealed = await encryptBlob(kms, new Blob(['a note']), { KeyId: 'alias/files', ...none });
    const opening = { ...none, KeyId: undefined, header: undefined };
    assert.equal(await (await decryptBlob(kms, sealed, { ...opening, type: undefined })).text(), 'a note');
    const reader = await openRandomAccess(kms, sealed, { ...opening, fetch: undefined });
    const response = rangeResponse(reader, new Request('https://example.com/'), { type: undefined });
    assert.equal(await response.text(), 'a note');
  });

  for (const length of [
    0,
    1,
    chunk - 1,
    chunk,
    chunk + 1,
    16 * chunk - 1,
    16 * chunk,
    16 * chunk + 1,
    40 * chunk + 5,
  ]) {
    test(`${length} bytes come back`, async () => {
      const kms = await paperKms();
      const plaintext = pattern(length);
      const sealed = await encrypted(kms, plaintext);
      const { pieces, error } = await decrypted(kms, sealed);
      assert.isUndefined(error);
      assert.deepEqual(pieces, plaintext);
      assert.equal(sealed.length, messageStart(sealed) + 56 + length + 16 * (Math.floor(length / chunk) + 1));
    });
  }

  test('how the bytes are cut into pieces does not matter', async () => {
    const kms = await paperKms();
    const lengths = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 40_000 }),
        fc.constantFrom(chunk, chunk + 16, 300_000),
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    const useful = lengths.filter((list) => list.reduce((sum, length) => sum + length, 0) / list.length > 500);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 20 * chunk }), useful, useful, async (length, cutsIn, cutsOut) => {
        const plaintext = pattern(length);
        const sealed = await encrypted(kms, plaintext, cutsIn);
        const { pieces, error } = await decrypted(kms, sealed, cutsOut);
        assert.isUndefined(error);
        assert.isTrue(pieces.every((byte, index) => byte === plaintext[index]) && pieces.length === length);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test('single bytes in, single bytes out', async () => {
    const kms = await paperKms();
    const plaintext = pattern(200);
    const { pieces } = await decrypted(kms, await encrypted(kms, plaintext, [1]), [1]);
    assert.deepEqual(pieces, plaintext);
  });

  test('the header is A2 01, the length of the wrapped data key, and the wrapped data key', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(10));
    assert.deepEqual([...sealed.subarray(0, 4)], [0xa2, 0x01, 0, 60]);
    assert.deepEqual(kms.calls, ['generateDataKey']);
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: sealed.slice(4, 64), EncryptionContext: context });
    assert.equal(Plaintext.length, 32);
  });

  test('the longest wrapped data key that AWS gives fits, a longer one is refused', async () => {
    const longest = await paperKms(6144 - 60);
    const sealed = await encrypted(longest, pattern(10));
    assert.equal(messageStart(sealed), 4 + 6144);
    assert.deepEqual((await decrypted(longest, sealed)).pieces, pattern(10));
    const longer = await paperKms(6145 - 60);
    const error = await encrypted(longer, pattern(10)).catch((reason: unknown) => reason);
    assert.propertyVal(error, 'code', 'KMSInternalException');
  });

  test('without an encryption context the KMS is given none', async () => {
    const kms = await paperKms();
    const { generateDataKey } = kms;
    const inputs: object[] = [];
    kms.generateDataKey = (input) => {
      inputs.push(input);
      return generateDataKey(input);
    };
    const sealed = await collect(streamOf(pattern(5)).pipeThrough(encryptStream(kms, { KeyId: 'k' })));
    assert.deepEqual(inputs, [{ KeyId: 'k', NumberOfBytes: 32 }]);
    assert.propertyVal((await decrypted(kms, sealed)).error, 'code', 'InvalidCiphertextException');
  });

  test('two streams of the same plaintext share no data key and no salt', async () => {
    const kms = await paperKms();
    const [a, b] = [await encrypted(kms, pattern(10)), await encrypted(kms, pattern(10))];
    assert.notDeepEqual(a.subarray(4, 64), b.subarray(4, 64));
    assert.notDeepEqual(a.subarray(64, 88), b.subarray(64, 88));
  });

  test('what is no KMS, such as the promise of one, is refused at once', async () => {
    for (const kms of [undefined, null, {}, paperKms()] as never[]) {
      assert.throws(() => encryptStream(kms, { KeyId: 'alias/files' }), 'kms must have generateDataKey');
      assert.throws(() => decryptStream(kms), 'kms must have decrypt');
      const refused = [
        openRandomAccess(kms, new Blob([])),
        rewrapHeader(kms, new Uint8Array(9), { KeyId: 'alias/files' }),
      ];
      for (const promise of refused) {
        const error = await promise.catch((thrown: unknown) => thrown);
        assert.propertyVal(error, 'code', 'SerializationException');
        assert.include((error as Error).message, 'kms must have');
      }
    }
  });

  test('options of the wrong type are refused at once', async () => {
    const kms = await paperKms();
    const codeOf = (options: unknown): unknown => {
      try {
        encryptStream(kms, options as never);
        return undefined;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    assert.equal(codeOf({}), 'SerializationException');
    assert.equal(codeOf({ KeyId: 'k', EncryptionContext: { a: 1 } }), 'SerializationException');
    assert.equal(codeOf({ KeyId: 'k', EncryptionContext: { a: '\ud800' } }), 'ValidationException');
  });
});
