// What apps do around a stream: show its progress, stop it, and encrypt a Blob as a whole.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  decryptBlob,
  decryptStream,
  encryptBlob,
  encryptStream,
  type StreamProgress,
} from '../../src/streams/index.ts';
import { chunk, collect, context, drain, encrypted, pattern, streamOf } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

const EncryptionContext = context;
const encrypting = { KeyId: 'alias/files', EncryptionContext };
const length = 50 * chunk + 5;

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

describe('progress', () => {
  test('counts plaintext bytes in both directions, up to the total', async () => {
    const kms = await paperKms();
    for (const known of [true, false]) {
      const seen: StreamProgress[] = [];
      const onProgress = (progress: StreamProgress) => seen.push(progress);
      const total = known ? length : undefined;
      const sealing = encryptStream(kms, { ...encrypting, onProgress, ...(known ? { length } : {}) });
      const sealed = await collect(streamOf(pattern(length)).pipeThrough(sealing));
      assert.deepEqual(seen.at(-1), { bytes: length, total });
      assert.isAtLeast(seen.length, 3);
      assert.isTrue(seen.every(({ bytes }, index) => bytes >= (seen[index - 1]?.bytes ?? 0)));
      seen.length = 0;
      const opening = decryptStream(kms, {
        EncryptionContext,
        onProgress,
        ...(known ? { length: sealed.length } : {}),
      });
      await collect(streamOf(sealed).pipeThrough(opening));
      assert.deepEqual(seen.at(-1), { bytes: length, total });
    }
  });

  test('what it throws fails the stream', async () => {
    const kms = await paperKms();
    const failure = new Error('no bar');
    const onProgress = () => {
      throw failure;
    };
    const { pieces, error } = await drain(
      streamOf(pattern(5)).pipeThrough(encryptStream(kms, { ...encrypting, onProgress })),
    );
    assert.equal(error, failure);
    assert.isBelow(pieces.length, 200);
  });

  test('options of the wrong type are refused by their names', async () => {
    const kms = await paperKms();
    for (const [name, value] of [
      ['onProgress', 5],
      ['length', -1],
      ['length', 'much'],
      ['signal', {}],
    ] as const) {
      for (const make of [
        () => encryptStream(kms, { ...encrypting, [name]: value }),
        () => decryptStream(kms, { [name]: value } as object),
      ])
        assert.throws(make, name);
    }
  });
});

describe('a signal', () => {
  for (const direction of ['encryptStream', 'decryptStream'] as const)
    test(`stops ${direction}: both ends fail with its reason, and the source learns it`, async () => {
      const kms = await paperKms();
      const input = direction === 'encryptStream' ? pattern(200 * chunk) : await encrypted(kms, pattern(200 * chunk));
      const stop = new AbortController();
      const onProgress = () => stop.abort('enough');
      let cancelled: unknown;
      let at = 0;
      const source = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(input.slice(at, at + 50_000));
          at += 50_000;
        },
        cancel(reason) {
          cancelled = reason;
        },
      });
      const options = { onProgress, signal: stop.signal };
      const pair =
        direction === 'encryptStream'
          ? encryptStream(kms, { ...encrypting, ...options })
          : decryptStream(kms, { EncryptionContext, ...options });
      const { error } = await drain(source.pipeThrough(pair));
      assert.equal(error, 'enough');
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(cancelled, 'enough');
      assert.isBelow(at, input.length);
    });

  test('that is aborted before the beginning asks nothing of the KMS', async () => {
    const kms = await paperKms();
    const stopped = AbortSignal.abort('before');
    const { error } = await drain(
      streamOf(pattern(5)).pipeThrough(encryptStream(kms, { ...encrypting, signal: stopped })),
    );
    assert.equal(error, 'before');
    assert.deepEqual(kms.calls, []);
  });

  test('while the KMS is asked: the data key is wiped when it comes', async () => {
    const kms = await paperKms();
    const stop = new AbortController();
    const slow = {
      async generateDataKey(input: Parameters<typeof kms.generateDataKey>[0]) {
        const answer = await kms.generateDataKey(input);
        stop.abort('enough');
        return answer;
      },
    };
    const { error } = await drain(
      streamOf(pattern(5)).pipeThrough(encryptStream(slow, { ...encrypting, signal: stop.signal })),
    );
    assert.equal(error, 'enough');
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.isTrue(kms.handedOut.length === 1 && kms.handedOut.every(isZero));
  });

  test('is let go of when the stream is done', async () => {
    const kms = await paperKms();
    const stop = new AbortController();
    let listeners = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners++;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners--;
      remove(...given);
    };
    await collect(streamOf(pattern(5)).pipeThrough(encryptStream(kms, { ...encrypting, signal })));
    assert.equal(listeners, 0);
  });
});

describe('Blobs', () => {
  test('go there and back, with a type of the caller', async () => {
    const kms = await paperKms();
    for (const size of [0, 1, chunk, length]) {
      const sealed = await encryptBlob(kms, new Blob([pattern(size)], { type: 'image/png' }), encrypting);
      assert.equal(sealed.type, 'application/octet-stream');
      const opened = await decryptBlob(kms, sealed, { EncryptionContext, type: 'image/png' });
      assert.equal(opened.type, 'image/png');
      assert.deepEqual(await bytesOf(opened), pattern(size));
      assert.equal((await decryptBlob(kms, sealed, { EncryptionContext })).type, '');
    }
  });

  test('report their progress with the total', async () => {
    const kms = await paperKms();
    const seen: StreamProgress[] = [];
    const onProgress = (progress: StreamProgress) => seen.push(progress);
    const sealed = await encryptBlob(kms, new Blob([pattern(length)]), { ...encrypting, onProgress });
    assert.deepEqual(seen.at(-1), { bytes: length, total: length });
    await decryptBlob(kms, sealed, { EncryptionContext, onProgress });
    assert.deepEqual(seen.at(-1), { bytes: length, total: length });
  });

  test('that were changed or cut off give nothing', async () => {
    const kms = await paperKms();
    const sealed = await encryptBlob(kms, new Blob([pattern(length)]), encrypting);
    const outcome = (blob: Blob) =>
      decryptBlob(kms, blob, { EncryptionContext }).then(
        () => 'opened',
        (error: { code: string }) => error.code,
      );
    assert.equal(await outcome(sealed.slice(0, sealed.size - 1)), 'InvalidCiphertextException');
    assert.equal(await outcome(new Blob([sealed, 'x'])), 'InvalidCiphertextException');
    assert.equal(await outcome('text' as never), 'SerializationException');
  });
});
