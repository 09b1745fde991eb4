// Streams that are one standard AES-GCM message: the same bytes as WebCrypto in one call, nothing released before its tag by accident.

import { assert } from 'chai';
import { describe, test } from 'vitest';
import { concat } from '../../src/formats/bytes.ts';
import {
  type GcmDecryptOptions,
  gcmDecryptStream,
  gcmDecryptStreamUnverified,
  gcmEncryptStream,
  type StreamPair,
  type StreamProgress,
} from '../../src/streams/index.ts';
import { random } from '../support/bytes.ts';
import { type Bytes, collect, drain, pattern, streamOf } from './flows.ts';

const { subtle } = crypto;
const piece = 512 * 1024;
const [key, iv, aad] = [random(32), random(12), random(33)];
const options: GcmDecryptOptions = { key, iv, aad };

async function sealed(plaintext: Bytes): Promise<Bytes> {
  const handle = await subtle.importKey('raw', key, { name: 'AES-GCM' }, false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 };
  return new Uint8Array(await subtle.encrypt(algorithm, handle, plaintext));
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
const flipped = (bytes: Bytes, at: number): Bytes => {
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
};

const manners: readonly [string, (options: GcmDecryptOptions) => StreamPair][] = [
  ['gcmDecryptStream', gcmDecryptStream],
  ['gcmDecryptStreamUnverified', gcmDecryptStreamUnverified],
];
/** Around pieces, blocks, the tag, and what stays in memory. */
const lengths = [0, 1, 15, 16, 17, piece - 17, piece - 16, piece - 1, piece, piece + 1, 3 * piece + 5, 9 * piece + 100];

describe('gcmEncryptStream', () => {
  for (const length of lengths)
    test(`gives ${length} bytes the ciphertext and tag of WebCrypto`, async () => {
      const plaintext = pattern(length);
      const pieces = [70_001, 1, 600_000, 16];
      const stream = streamOf(plaintext, length === 0 ? [1] : pieces).pipeThrough(gcmEncryptStream(options));
      assert.isTrue(isSame(await collect(stream), await sealed(plaintext)));
    });

  test('makes an IV where none is given, and tells it', async () => {
    const [first, second] = [gcmEncryptStream({ key }), gcmEncryptStream({ key })];
    assert.equal(first.iv.length, 12);
    assert.notDeepEqual(first.iv, second.iv);
    const message = await collect(streamOf(pattern(1000)).pipeThrough(first));
    const opened = await collect(streamOf(message).pipeThrough(gcmDecryptStream({ key, iv: first.iv })));
    assert.deepEqual(opened, pattern(1000));
    await second.readable.cancel();
  });

  test('takes a non-extractable key with the one usage encrypt, for both directions', async () => {
    const handle = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    const stream = streamOf(pattern(2000)).pipeThrough(gcmEncryptStream({ key: handle, iv, aad }));
    const opened = stream.pipeThrough(gcmDecryptStream({ key: handle, iv, aad }));
    assert.deepEqual(await collect(opened), pattern(2000));
  });

  test('copies key, IV and additional data at once', async () => {
    const mine = { key: key.slice(), iv: iv.slice(), aad: aad.slice() };
    const pair = gcmEncryptStream(mine);
    for (const bytes of Object.values(mine)) bytes.fill(0);
    assert.isTrue(isSame(await collect(streamOf(pattern(99)).pipeThrough(pair)), await sealed(pattern(99))));
  });

  test('takes no IV, key or additional data from a polluted Object.prototype', async () => {
    const poison = {
      iv: new Uint8Array(12),
      aad: new Uint8Array(3),
      key: new Uint8Array(32),
      tagLength: 32,
      length: 8,
    };
    for (const [name, value] of Object.entries(poison))
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
    try {
      const pair = gcmEncryptStream({ key });
      assert.isTrue(pair.iv.some((byte) => byte !== 0));
      assert.throws(() => gcmEncryptStream({} as never), 'key');
      const message = await collect(streamOf(pattern(100)).pipeThrough(pair));
      for (const name of Object.keys(poison)) delete (Object.prototype as Record<string, unknown>)[name];
      const handle = await subtle.importKey('raw', key, { name: 'AES-GCM' }, false, ['decrypt']);
      const opened = await subtle.decrypt({ name: 'AES-GCM', iv: pair.iv }, handle, message);
      assert.deepEqual(new Uint8Array(opened), pattern(100));
    } finally {
      for (const name of Object.keys(poison)) delete (Object.prototype as Record<string, unknown>)[name];
    }
  });

  test('gives out nothing but ciphertext and tag, also in the buffers behind its pieces', async () => {
    const reader = streamOf(pattern(2 * piece + 9))
      .pipeThrough(gcmEncryptStream(options))
      .getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const { buffer, byteLength } = next.value;
      // A piece's own tag would help a forger.
      assert.isTrue(new Uint8Array(buffer, byteLength).every((byte) => byte === 0));
    }
  });
});

for (const [name, decrypt] of manners)
  describe(name, () => {
    for (const length of lengths)
      test(`opens ${length} bytes of WebCrypto`, async () => {
        const message = await sealed(pattern(length));
        const opened = streamOf(message, [70_001, 1, 600_000, 16]).pipeThrough(decrypt(options));
        assert.isTrue(isSame(await collect(opened), pattern(length)));
      });

    test('one error for every cause', async () => {
      const message = await sealed(pattern(piece + 100));
      const wrongKey = random(32);
      const attempts: [Bytes, GcmDecryptOptions][] = [
        [flipped(message, 0), options],
        [flipped(message, piece + 99), options],
        [flipped(message, message.length - 1), options],
        [message, { ...options, key: wrongKey }],
        [message, { ...options, iv: random(12) }],
        [message, { key, iv }],
        [message.slice(0, -1), options],
        [message.slice(0, piece), options],
        [message.slice(0, 15), options],
        [message.slice(0, 0), options],
        [concat(message.slice(0, -16), Uint8Array.of(0), message.slice(-16)), options],
      ];
      const told = new Set<string>();
      for (const [bytes, given] of attempts) {
        const { error } = await drain(streamOf(bytes).pipeThrough(decrypt(given)));
        const { name: code, message: text, cause } = error as Error;
        told.add(JSON.stringify([code, text, cause ?? 'no cause', Object.keys(error as object)]));
      }
      assert.equal(told.size, 1);
      assert.include([...told][0], '"InvalidCiphertextException"');
    });

    test('after an error the stream keeps failing', async () => {
      const reader = streamOf(flipped(await sealed(pattern(100)), 3))
        .pipeThrough(decrypt(options))
        .getReader();
      const failure = async () => {
        try {
          for (;;) if ((await reader.read()).done) return 'the end';
        } catch (error) {
          return (error as Error).name;
        }
      };
      for (let again = 0; again < 3; again++) assert.equal(await failure(), 'InvalidCiphertextException');
    });
  });

describe('unverified plaintext', () => {
  test('gcmDecryptStream releases no byte of a forged message of any length', async () => {
    for (const length of [1, 1000, piece + 1, 9 * piece]) {
      const message = await sealed(pattern(length));
      const { pieces, error } = await drain(
        streamOf(flipped(message, message.length - 1)).pipeThrough(gcmDecryptStream(options)),
      );
      assert.propertyVal(error, 'code', 'InvalidCiphertextException');
      assert.equal(pieces.length, 0);
    }
  });

  test('gcmDecryptStreamUnverified releases it before the error, as its name says', async () => {
    const message = await sealed(pattern(3 * piece));
    const { pieces, error } = await drain(
      streamOf(flipped(message, message.length - 1)).pipeThrough(gcmDecryptStreamUnverified(options)),
    );
    assert.propertyVal(error, 'code', 'InvalidCiphertextException');
    assert.equal(pieces.length, 3 * piece);
  });

  test('gcmDecryptStream begins to release only when all of its input has come', async () => {
    const message = await sealed(pattern(2 * piece));
    let isAllTaken = false;
    let at = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < message.length) controller.enqueue(message.slice(at, at + 60_000));
        else {
          isAllTaken = true;
          controller.close();
        }
        at += 60_000;
      },
    });
    const reader = source.pipeThrough(gcmDecryptStream(options)).getReader();
    assert.isFalse((await reader.read()).done);
    assert.isTrue(isAllTaken);
    await reader.cancel();
  });
});

describe('flow of a stream with one tag', () => {
  test('progress counts plaintext, and knows the total from the length of the input', async () => {
    const message = await sealed(pattern(3 * piece + 7));
    const seen: StreamProgress[] = [];
    const onProgress = (progress: StreamProgress) => seen.push(progress);
    const total = 3 * piece + 7;
    await collect(streamOf(pattern(total)).pipeThrough(gcmEncryptStream({ ...options, onProgress, length: total })));
    assert.deepEqual(seen.at(-1), { bytes: total, total });
    assert.isAtLeast(seen.length, 4);
    seen.length = 0;
    const lengths = { onProgress, length: message.length };
    await collect(streamOf(message).pipeThrough(gcmDecryptStream({ ...options, ...lengths })));
    assert.deepEqual(seen.at(-1), { bytes: total, total, checked: total });
    assert.isTrue(seen.some(({ bytes, checked = 0 }) => bytes === 0 && checked > 0));
    seen.length = 0;
    await collect(streamOf(message).pipeThrough(gcmDecryptStreamUnverified({ ...options, ...lengths })));
    assert.deepEqual(seen.at(-1), { bytes: total, total });
  });

  test('a slow reader holds the source back', async () => {
    let taken = 0;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          taken += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      },
      { highWaterMark: 0 },
    );
    const reader = endless.pipeThrough(gcmEncryptStream(options)).getReader();
    let given = 0;
    for (let round = 0; round < 4; round++) {
      given += (await reader.read()).value?.length ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.isAtMost(taken - given, 3 * piece);
    }
    await reader.cancel();
  });

  for (const [name, make] of [['gcmEncryptStream', gcmEncryptStream] as const, ...manners])
    test(`${name}: an abort signal fails both ends with its reason`, async () => {
      const stop = new AbortController();
      const { readable, writable } = make({ ...options, signal: stop.signal });
      const reader = readable.getReader();
      const writer = writable.getWriter();
      const read = reader.read().then(
        () => 'read',
        (error: unknown) => error,
      );
      writer.ready.catch(() => {});
      writer.write(pattern(10)).catch(() => {});
      const closed = writer.closed.catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 5));
      stop.abort('enough');
      assert.equal(await read, 'enough');
      assert.equal(await closed, 'enough');
    });
});
