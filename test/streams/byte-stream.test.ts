// Byte streams: a reader that brings its own buffer gets the same bytes, in pieces of its own choice, and no more than others get.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { concat } from '../../src/formats/bytes.ts';
import { decryptStream, encryptStream, openStreamWorkers, type StreamPair } from '../../src/streams/index.ts';
import { assertFails, failure } from '../support/errors.ts';
import { type Bytes, chunk, collect, context, decrypted, drain, encrypted, pattern, streamOf } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const bytes = { readableType: 'bytes' } as const;
const sealing = { KeyId: 'alias/files', EncryptionContext: context, ...bytes };
const opening = { EncryptionContext: context, ...bytes };
const areHere = (() => {
  try {
    return new ReadableStream({ type: 'bytes' }) instanceof ReadableStream;
  } catch {
    return false;
  }
})();

/** Reads all with buffers of the given lengths, each used again where it comes back. */
async function readInto(pair: StreamPair | ReadableStream<Uint8Array>, lengths: readonly number[]): Promise<Bytes> {
  const reader = ('readable' in pair ? pair.readable : pair).getReader({ mode: 'byob' });
  const pieces: Uint8Array[] = [];
  const spare = new Map<number, ArrayBuffer>();
  for (let turn = 0; ; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    const { done, value } = await reader.read(new Uint8Array(spare.get(length) ?? new ArrayBuffer(length)));
    if (done) return concat(...pieces);
    assert.isAtLeast(value.length, 1);
    pieces.push(value.slice());
    spare.set(length, value.buffer);
  }
}

const testHere = (name: string, body: () => Promise<void>): void =>
  test(name, async ({ skip }) => {
    if (!areHere) skip('there are no byte streams here');
    await body();
  });

describe('streams that a reader brings its own buffer for', () => {
  for (const length of [0, 1, chunk, 16 * chunk - 1, 16 * chunk, 16 * chunk + 1, 70 * chunk + 5])
    for (const lengths of [[262_400], [65_536], [1_000_000], [100_000, 3, 17_000], [chunk + 1]])
      testHere(`${length} bytes, read ${lengths.join(', ')} at a time`, async () => {
        const kms = await paperKms();
        const plaintext = pattern(length);
        const sealed = await readInto(streamOf(plaintext, [70_000]).pipeThrough(encryptStream(kms, sealing)), lengths);
        assert.deepEqual((await decrypted(kms, sealed)).pieces, plaintext);
        const opened = streamOf(sealed, [33_333]).pipeThrough(decryptStream(kms, opening));
        assert.deepEqual(await readInto(opened, lengths), plaintext);
      });

  testHere('the same in workers', async () => {
    const kms = await paperKms();
    const workers = openStreamWorkers({ count: 2 });
    const plaintext = pattern(100 * chunk + 7);
    const source = streamOf(plaintext, [70_000]);
    const sealed = await readInto(source.pipeThrough(encryptStream(kms, { ...sealing, workers })), [100_000]);
    const opened = streamOf(sealed, [70_000]).pipeThrough(decryptStream(kms, { ...opening, workers }));
    assert.deepEqual(await readInto(opened, [262_144]), plaintext);
    workers.close();
  });

  testHere('a reader without a buffer gets its own copy', async () => {
    const kms = await paperKms();
    const plaintext = pattern(40 * chunk + 9);
    const sealed = await collect(streamOf(plaintext, [70_000]).pipeThrough(encryptStream(kms, sealing)));
    const [one, other] = streamOf(sealed, [70_000]).pipeThrough(decryptStream(kms, opening)).tee();
    assert.deepEqual(await Promise.all([collect(one), collect(other)]), [plaintext, plaintext]);
  });

  testHere('nothing comes out of a batch in which something was changed, and nothing after it', async () => {
    const kms = await paperKms();
    const plaintext = pattern(48 * chunk);
    const sealed = await encrypted(kms, plaintext);
    const at = sealed.length - 20 * (chunk + 16);
    sealed[at] = (sealed[at] ?? 0) ^ 1;
    const reader = streamOf(sealed, [70_000]).pipeThrough(decryptStream(kms, opening)).getReader({ mode: 'byob' });
    let released = 0;
    const error = await failure(
      (async () => {
        for (;;) released += (await reader.read(new Uint8Array(50_000))).value?.length ?? 0;
      })(),
    );
    assert.equal((error as { code?: string }).code, 'InvalidCiphertextException');
    assert.equal(released, 16 * chunk);
    await assertFails(reader.read(new Uint8Array(10)), 'InvalidCiphertextException');
  });

  testHere('what is cut off is told', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(48 * chunk));
    const cut = sealed.subarray(0, sealed.length - 16 - 16 * (chunk + 16));
    await assertFails(readInto(streamOf(cut).pipeThrough(decryptStream(kms, opening)), [60_000]), 'StreamTruncated');
  });

  testHere('a cancel reaches the source, also between two parts of a batch', async () => {
    const kms = await paperKms();
    let reason: unknown;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(chunk)),
      cancel(given) {
        reason = given;
      },
    });
    const reader = endless.pipeThrough(encryptStream(kms, sealing)).getReader({ mode: 'byob' });
    for (let i = 0; i < 5; i++) await reader.read(new Uint8Array(1000));
    await reader.cancel('enough');
    assert.equal(reason, 'enough');
  });

  testHere('a cancel in workers, between two batches and within one', async () => {
    const kms = await paperKms();
    const workers = openStreamWorkers({ count: 2 });
    for (const lengths of [[1000], [500_000], [500_000, 500_000, 500_000, 7]]) {
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(chunk)),
      });
      const reader = endless.pipeThrough(encryptStream(kms, { ...sealing, workers })).getReader({ mode: 'byob' });
      for (const length of lengths) await reader.read(new Uint8Array(length));
      await reader.cancel('enough');
      assert.isTrue((await reader.read(new Uint8Array(10))).done);
    }
    workers.close();
  });

  testHere('an abort reaches a reader that waits with its buffer', async () => {
    const kms = await paperKms();
    const controller = new AbortController();
    const pair = encryptStream(kms, { ...sealing, signal: controller.signal });
    const reader = pair.readable.getReader({ mode: 'byob' });
    // The header comes at once; then it waits for input.
    await reader.read(new Uint8Array(1000));
    const waiting = reader.read(new Uint8Array(1000));
    controller.abort(new Error('stop'));
    const told = await waiting.catch((error: unknown) => error);
    assert.equal((told as Error).message, 'stop');
  });

  testHere('nothing is taken before somebody reads', async () => {
    const kms = await paperKms();
    let taken = 0;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          taken++;
          controller.enqueue(new Uint8Array(chunk));
        },
      },
      { highWaterMark: 0 },
    );
    const readable = source.pipeThrough(encryptStream(kms, sealing));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.isAtMost(taken, 1);
    assert.deepEqual(kms.calls, []);
    await readable.cancel();
  });
});

test('readableType is bytes or nothing; where there are no byte streams the error says so', async () => {
  const kms = await paperKms();
  const wrong = { ...sealing, readableType: 'text' } as unknown as typeof sealing;
  assert.throws(() => encryptStream(kms, wrong), /readableType must be 'bytes'/);
  if (areHere) assert.isUndefined((await drain(streamOf(pattern(9)).pipeThrough(encryptStream(kms, sealing)))).error);
  else assert.throws(() => encryptStream(kms, sealing), /no byte streams here/);
});
