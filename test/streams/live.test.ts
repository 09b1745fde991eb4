// Sources that give something now and then: what is whole comes out, and waits for nothing more.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { decryptStream, encryptStream, openStreamWorkers } from '../../src/streams/index.ts';
import { fitful, readBytes } from '../support/live-streams.ts';
import { chunk, collect, context, decrypted, drain, encrypted, pattern, sealedChunk } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const options = { KeyId: 'alias/files', EncryptionContext: context };
const opening = { EncryptionContext: context };

async function passesAlong(more: object): Promise<void> {
  const kms = await paperKms();
  const plaintext = pattern(5 * chunk + 300);
  const sealing = encryptStream(kms, { ...options, ...more });
  const [writer, sealed] = [sealing.writable.getWriter(), sealing.readable.getReader()];
  const unsealing = decryptStream(kms, { ...opening, ...more });
  const [into, opened] = [unsealing.writable.getWriter(), unsealing.readable.getReader()];
  const headLength = (await encrypted(kms, new Uint8Array(0))).length - 16;
  // A whole chunk and a part of the next one; then the rest of that and two more; then the end.
  const cuts = [chunk + 100, 4 * chunk, plaintext.length];
  let at = 0;
  let isHeadRead = false;
  for (const cut of cuts) {
    const isEnd = cut === plaintext.length;
    const writing = writer.write(plaintext.slice(at, cut)).then(() => (isEnd ? writer.close() : undefined));
    const [from, to] = [Math.floor(at / chunk), Math.floor(cut / chunk)];
    const head = isHeadRead ? 0 : headLength;
    const last = isEnd ? (cut % chunk) + 16 : 0;
    const message = await readBytes(sealed, head + (to - from) * sealedChunk + last);
    isHeadRead = true;
    const passing = into.write(message).then(() => (isEnd ? into.close() : undefined));
    const plainEnd = isEnd ? cut : to * chunk;
    assert.deepEqual(await readBytes(opened, plainEnd - from * chunk), plaintext.slice(from * chunk, plainEnd));
    await Promise.all([writing, passing]);
    at = cut;
  }
  assert.isTrue((await sealed.read()).done);
  assert.isTrue((await opened.read()).done);
}

describe('a source that writes now and then', () => {
  test('has its chunks sealed and opened as they are whole', () => passesAlong({}));

  test('has them so where readers may bring their own buffer', async (test) => {
    try {
      new ReadableStream({ type: 'bytes' });
    } catch {
      return test.skip('no byte streams here');
    }
    await passesAlong({ readableType: 'bytes' });
  });

  test('has them so by workers', async (test) => {
    if (typeof Worker === 'undefined' && typeof process === 'undefined') return test.skip('no workers here');
    const workers = openStreamWorkers({ count: 2 });
    try {
      await passesAlong({ workers });
    } finally {
      workers.close();
    }
  });

  test('may be cancelled, aborted or cut off while it is waited for', async () => {
    const kms = await paperKms();
    for (const end of ['cancel', 'abort', 'close'] as const) {
      const message = await encrypted(kms, pattern(3 * chunk));
      const pair = decryptStream(kms, opening);
      const [writer, reader] = [pair.writable.getWriter(), pair.readable.getReader()];
      const prefix = message.length - 3 * sealedChunk - 16;
      const writing = writer.write(message.slice(0, prefix + sealedChunk + 50));
      assert.deepEqual(await readBytes(reader, chunk), pattern(chunk));
      await writing;
      const next = reader.read().then(
        ({ done }) => done,
        (error: Error) => error.name,
      );
      if (end === 'cancel') await reader.cancel();
      else if (end === 'abort') await writer.abort(new TypeError('gone'));
      else await writer.close();
      assert.equal(await next, { cancel: true, abort: 'TypeError', close: 'InvalidCiphertextException' }[end]);
    }
  });

  test('gives the same message whenever and in whatever pieces it comes', async () => {
    const kms = await paperKms();
    const pieces = fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom(0, 0, 15)), {
      minLength: 1,
      maxLength: 6,
    });
    const lengths = fc.constantFrom(0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 16 * chunk, 16 * chunk + 1, 70_000);
    await fc.assert(
      fc.asyncProperty(lengths, pieces, async (length, cuts) => {
        const plaintext = pattern(length);
        const message = await collect(fitful(plaintext, cuts).pipeThrough(encryptStream(kms, options)));
        assert.equal(message.length, (await encrypted(kms, plaintext)).length);
        assert.deepEqual(await decrypted(kms, message), { pieces: plaintext, error: undefined });
        const back = await collect(fitful(message, cuts).pipeThrough(decryptStream(kms, opening)));
        assert.deepEqual(back, plaintext);
        const cut = message.slice(0, message.length - 1 - (length % 60));
        const { error } = await drain(fitful(cut, cuts).pipeThrough(decryptStream(kms, opening)));
        assert.include(['StreamTruncated', 'InvalidCiphertextException'], (error as Error | undefined)?.name);
      }),
      { numRuns: 12 },
    );
  });
});
