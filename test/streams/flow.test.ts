import { assert } from 'chai';
import { describe, test } from 'vitest';
import { concat, isEqual } from '../../src/formats/bytes.ts';
import { type DataKeyMaker, decryptStream, encryptStream } from '../../src/streams/index.ts';
import { chunk, collect, context, decrypted, drain, encrypted, pattern, streamOf } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const options = { KeyId: 'alias/files', EncryptionContext: context };
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** An endless source that counts what was taken of it, and learns of a cancel. */
function endless(pieceLength: number) {
  const seen = { taken: 0, cancelledWith: undefined as unknown };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.taken += pieceLength;
        controller.enqueue(new Uint8Array(pieceLength));
      },
      cancel(reason) {
        seen.cancelledWith = reason;
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, stream };
}

describe('the flow of an encrypted stream', () => {
  test('nothing is asked and next to nothing is taken before somebody reads', async () => {
    const kms = await paperKms();
    const { seen, stream } = endless(chunk);
    const out = stream.pipeThrough(encryptStream(kms, options));
    await soon();
    assert.deepEqual(kms.calls, []);
    assert.isAtMost(seen.taken, 2 * chunk);
    await out.cancel();
  });

  test('a slow reader holds the source back', async () => {
    const kms = await paperKms();
    const { seen, stream } = endless(chunk);
    const reader = stream.pipeThrough(encryptStream(kms, options)).getReader();
    let given = 0;
    for (let round = 0; round < 5; round++) {
      given += (await reader.read()).value?.length ?? 0;
      await soon();
      assert.isAtMost(seen.taken - given, 20 * chunk);
    }
    assert.isAbove(given, 60 * chunk);
    await reader.cancel();
  });

  test('one write of many chunks comes out in bounded pieces', async () => {
    const kms = await paperKms();
    const reader = streamOf(pattern(100 * chunk))
      .pipeThrough(encryptStream(kms, options))
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      assert.isAtMost(value.length, 16 * (chunk + 16));
    }
  });

  test("a buffer that was written is its writer's again when the write is over", async () => {
    const kms = await paperKms();
    const { readable, writable } = encryptStream(kms, options);
    const sealed = collect(readable);
    const writer = writable.getWriter();
    const buffer = new Uint8Array(40 * chunk + 3);
    for (const value of [1, 2, 3]) await writer.write(buffer.fill(value));
    await writer.close();
    const { pieces } = await decrypted(kms, await sealed);
    const wanted = concat(...[1, 2, 3].map((value) => new Uint8Array(buffer.length).fill(value)));
    assert.isTrue(isEqual(pieces, wanted));
  });

  test('a buffer that is taken away or resized in the middle of its write is told, and cuts nothing off', async () => {
    const kms = await paperKms();
    const resizable = new ArrayBuffer(40 * chunk, { maxByteLength: 80 * chunk });
    for (const [buffer, harm] of [
      [new ArrayBuffer(40 * chunk), (given: ArrayBuffer) => structuredClone(given, { transfer: [given] })],
      [resizable, () => (resizable as { resize?(length: number): void }).resize?.(17 * chunk)],
    ] as const) {
      // Where there are no resizable buffers there is nothing to test.
      if (buffer === resizable && !('resize' in resizable)) continue;
      const { readable, writable } = encryptStream(kms, options);
      const writer = writable.getWriter();
      writer.closed.catch(() => {});
      writer.write(new Uint8Array(buffer)).catch(() => {});
      const reader = readable.getReader();
      for (let i = 0; i < 2; i++) await reader.read();
      harm(buffer);
      writer.close().catch(() => {});
      assert.propertyVal(await reasonOf(reader.read()), 'code', 'SerializationException');
    }
  });

  test('a write that is half taken ends with the stream', async () => {
    const kms = await paperKms();
    for (const end of ['cancel', 'signal'] as const) {
      const stop = new AbortController();
      const { readable, writable } = encryptStream(kms, { ...options, signal: stop.signal });
      const writer = writable.getWriter();
      writer.closed.catch(() => {});
      const written = reasonOf(writer.write(pattern(40 * chunk)));
      const reader = readable.getReader();
      for (let i = 0; i < 2; i++) await reader.read();
      if (end === 'cancel') await reader.cancel('enough');
      else stop.abort('enough');
      await written;
      assert.equal(await reasonOf(writer.write(pattern(1))), 'enough');
    }
  });

  test('an abort ends a write that is half taken, and fails its reader, at once', async () => {
    const kms = await paperKms();
    const { readable, writable } = encryptStream(kms, options);
    const writer = writable.getWriter();
    const closed = reasonOf(writer.closed);
    const written = reasonOf(writer.write(pattern(100 * chunk)));
    const reader = readable.getReader();
    for (let i = 0; i < 2; i++) assert.isFalse((await reader.read()).done);
    await writer.abort('stopped');
    assert.deepEqual([await written, await closed, await reasonOf(reader.read())], ['stopped', 'stopped', 'stopped']);
  });

  test('an abort ends what waits for a KMS that never answers', async () => {
    const silent = new Promise<never>(() => {});
    for (const pair of [
      encryptStream({ generateDataKey: () => silent }, options),
      decryptStream({ decrypt: () => silent }, { EncryptionContext: context }),
    ]) {
      const writer = pair.writable.getWriter();
      const closed = reasonOf(writer.closed);
      writer.write(await encrypted(await paperKms(), pattern(10))).catch(() => {});
      const read = reasonOf(pair.readable.getReader().read());
      await soon();
      await writer.abort('stopped');
      assert.deepEqual([await closed, await read], ['stopped', 'stopped']);
    }
  });

  test('a write of which nothing was taken is not told to be over when the reader cancels', async () => {
    const kms = await paperKms();
    const { readable, writable } = encryptStream(kms, options);
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const written = reasonOf(writer.write(pattern(10)));
    await readable.cancel('enough');
    assert.equal(await written, 'enough');
  });

  test('data keys are wiped before the first byte comes out', async () => {
    const kms = await paperKms();
    const reader = endless(chunk).stream.pipeThrough(encryptStream(kms, options)).getReader();
    await reader.read();
    assert.equal(kms.handedOut.length, 1);
    assert.isTrue(kms.handedOut.every(isZero));
    await reader.cancel();
    await encrypted(kms, pattern(10)).then((sealed) =>
      drain(streamOf(sealed).pipeThrough(decryptStream(kms, { EncryptionContext: context }))),
    );
    assert.equal(kms.handedOut.length, 3);
    assert.isTrue(kms.handedOut.every(isZero));
  });

  test('a data key that arrives after a cancel is wiped too', async () => {
    const kms = await paperKms();
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: DataKeyMaker = { generateDataKey: (input) => gate.then(() => kms.generateDataKey(input)) };
    const { readable } = encryptStream(slow, options);
    const reader = readable.getReader();
    const read = reader.read();
    await soon();
    await reader.cancel('enough');
    release();
    assert.isTrue((await read).done);
    await soon();
    assert.equal(kms.handedOut.length, 1);
    assert.isTrue(kms.handedOut.every(isZero));
  });

  test('a cancel reaches the source', async () => {
    const kms = await paperKms();
    const { seen, stream } = endless(chunk);
    const reader = stream.pipeThrough(encryptStream(kms, options)).getReader();
    await reader.read();
    await reader.cancel('enough');
    await soon();
    assert.equal(seen.cancelledWith, 'enough');
  });

  test('an abort reaches the reader, and the end of the message is not made', async () => {
    const kms = await paperKms();
    const { readable, writable } = encryptStream(kms, options);
    const writer = writable.getWriter();
    const reader = readable.getReader();
    assert.isFalse((await reader.read()).done);
    const read = reasonOf(reader.read());
    await writer.write(pattern(10));
    await writer.abort('stopped');
    assert.equal(await read, 'stopped');
  });

  test('an error of the source reaches the reader', async () => {
    const kms = await paperKms();
    const broken = new Error('disk');
    const source = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(broken) });
    assert.equal((await drain(source.pipeThrough(encryptStream(kms, options)))).error, broken);
  });

  test('an abort signal stops a pipe', async () => {
    const kms = await paperKms();
    const stop = new AbortController();
    const written: number[] = [];
    const sink = new WritableStream<Uint8Array>({
      write(piece) {
        written.push(piece.length);
        if (written.length === 3) stop.abort();
      },
    });
    const { stream, seen } = endless(chunk);
    const error = await reasonOf(stream.pipeThrough(encryptStream(kms, options)).pipeTo(sink, { signal: stop.signal }));
    assert.propertyVal(error, 'name', 'AbortError');
    await soon();
    assert.isDefined(seen.cancelledWith);
  });

  test('an error of the KMS reaches both ends', async () => {
    const kms = await paperKms();
    const failure = new Error('no such key');
    const { readable, writable } = encryptStream({ ...kms, generateDataKey: () => Promise.reject(failure) }, options);
    const writer = writable.getWriter();
    const closed = reasonOf(writer.closed);
    writer.ready.catch(() => {});
    writer.write(pattern(10)).catch(() => {});
    assert.equal((await drain(readable)).error, failure);
    assert.equal(await closed, failure);
  });

  test('after an error the stream keeps failing', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(40 * chunk));
    sealed[sealed.length - 20] = (sealed[sealed.length - 20] as number) ^ 1;
    const reader = streamOf(sealed)
      .pipeThrough(decryptStream(kms, { EncryptionContext: context }))
      .getReader();
    let failure: unknown;
    while (failure === undefined) failure = await reasonOf(reader.read());
    assert.propertyVal(failure, 'code', 'InvalidCiphertextException');
    for (let again = 0; again < 3; again++) assert.equal(await reasonOf(reader.read()), failure);
  });

  test('a chunk that is not bytes is refused', async () => {
    const kms = await paperKms();
    const source = new ReadableStream({
      start(controller) {
        controller.enqueue('text');
        controller.close();
      },
    });
    assert.propertyVal(
      (await drain(source.pipeThrough(encryptStream(kms, options)))).error,
      'code',
      'SerializationException',
    );
  });
});
