import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { nodeCrypto } from '../../src/cipher/node-crypto.ts';
import { type EncryptedReader, openEncrypted } from '../../src/streams/index.ts';
import { type Bytes, chunk, chunkStart, context, encrypted, pattern, sealedChunk, sourceOf } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const options = { EncryptionContext: context };
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );

async function* piecesOf(stream: ReadableStream<Bytes>): AsyncGenerator<Bytes, void> {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

type Method = (...given: unknown[]) => unknown;

/** Calls `look` whenever the platform, or Node's own cipher, opens something. */
function onceOpening(look: () => void): () => void {
  const subtle = Object.getPrototypeOf(crypto.subtle) as Record<string, Method>;
  const targets: [Record<string, Method>, string][] = [[subtle, 'decrypt']];
  if (nodeCrypto !== undefined) targets.push([nodeCrypto as unknown as Record<string, Method>, 'createDecipheriv']);
  const undo = targets.map(([target, name]) => {
    const original = target[name] as Method;
    target[name] = function (this: unknown, ...given) {
      look();
      return original.apply(this, given);
    };
    return () => {
      target[name] = original;
    };
  });
  return () => {
    for (const back of undo) back();
  };
}

describe('openEncrypted', () => {
  test('any range equals the same part of the whole', async () => {
    const kms = await paperKms();
    const plaintext = pattern(21 * chunk + 77);
    const reader = await openEncrypted(kms, sourceOf(await encrypted(kms, plaintext)), options);
    assert.equal(reader.plaintextLength, plaintext.length);
    const position = fc.oneof(
      fc.integer({ min: 0, max: plaintext.length }),
      fc.constantFrom(0, 1, chunk - 1, chunk, chunk + 1, 16 * chunk, 21 * chunk, plaintext.length),
    );
    await fc.assert(
      fc.asyncProperty(position, position, async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const part = await reader.read(start, end);
        assert.equal(part.length, end - start);
        assert.isTrue(part.every((byte, index) => byte === plaintext[start + index]));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  for (const length of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk]) {
    test(`the length of ${length} bytes is told`, async () => {
      const kms = await paperKms();
      const reader = await openEncrypted(kms, sourceOf(await encrypted(kms, pattern(length))), options);
      assert.equal(reader.plaintextLength, length);
      assert.deepEqual(await reader.read(0, length), pattern(length));
    });
  }

  test('a part of a stream has nothing of the chunk around it in its buffer', async () => {
    const kms = await paperKms();
    const reader = await openEncrypted(kms, sourceOf(await encrypted(kms, pattern(2 * chunk))), options);
    for await (const part of piecesOf(reader.stream(100, 200))) {
      assert.deepEqual(part, pattern(2 * chunk).slice(100, 200));
      const whole = new Uint8Array(part.buffer);
      assert.isTrue(
        whole.every((byte, index) => byte === 0 || (index >= part.byteOffset && index < part.byteOffset + 100)),
      );
    }
  });

  test('a lock in the very moment in which chunks are opened takes them back', async () => {
    const paper = await paperKms();
    const listeners: (() => void)[] = [];
    const kms = {
      generateDataKey: paper.generateDataKey,
      decrypt: paper.decrypt,
      onLock(listener: () => void) {
        listeners.push(listener);
        return () => {};
      },
    };
    let isArmed = false;
    const undo = onceOpening(() => {
      if (isArmed) for (const listener of listeners) listener();
    });
    try {
      const sealed = await encrypted(kms, pattern(3 * chunk));
      const readers = [
        await openEncrypted(kms, sourceOf(sealed), options),
        await openEncrypted(kms, sourceOf(sealed), options),
      ];
      isArmed = true;
      assert.equal(await codeOf((readers[0] as EncryptedReader).read(5, 10)), 'KeyLocked');
      assert.equal(await codeOf((readers[1] as EncryptedReader).read(5, 10)), 'KeyLocked');
    } finally {
      undo();
    }
  });

  test('only what is needed is read, and the KMS is asked once', async () => {
    const kms = await paperKms();
    const source = sourceOf(await encrypted(kms, pattern(60 * chunk)));
    const reader = await openEncrypted(kms, source, options);
    const atOpen = source.bytesRead;
    assert.isBelow(atOpen, 6300);
    assert.deepEqual(
      await reader.read(30 * chunk - 5, 30 * chunk + 5),
      pattern(60 * chunk).slice(30 * chunk - 5, 30 * chunk + 5),
    );
    assert.equal(source.bytesRead - atOpen, 2 * sealedChunk);
    assert.deepEqual(kms.calls, ['generateDataKey', 'decrypt']);
    assert.isTrue(kms.handedOut.every((key) => key.every((byte) => byte === 0)));
  });

  test('an empty range reads nothing', async () => {
    const kms = await paperKms();
    const source = sourceOf(await encrypted(kms, pattern(3 * chunk)));
    const reader = await openEncrypted(kms, source, options);
    const before = source.bytesRead;
    assert.equal((await reader.read(chunk, chunk)).length, 0);
    assert.equal(source.bytesRead, before);
  });

  test('a range outside the plaintext is refused by its name', async () => {
    const kms = await paperKms();
    const reader = await openEncrypted(kms, sourceOf(await encrypted(kms, pattern(100))), options);
    for (const [start, end] of [
      [-1, 5],
      [5, 4],
      [0, 101],
      [0.5, 2],
      [0, Number.NaN],
    ] as const) {
      assert.equal(await codeOf(reader.read(start, end)), 'ValidationException');
    }
  });

  test('a changed chunk refuses the ranges that touch it and no other', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(5 * chunk));
    const at = chunkStart(sealed, 2) + 9;
    sealed[at] = (sealed[at] as number) ^ 1;
    const reader = await openEncrypted(kms, sourceOf(sealed), options);
    assert.equal(await codeOf(reader.read(0, 5 * chunk)), 'InvalidCiphertextException');
    assert.equal(await codeOf(reader.read(2 * chunk, 2 * chunk + 1)), 'InvalidCiphertextException');
    assert.deepEqual(await reader.read(3 * chunk, 5 * chunk), pattern(5 * chunk).slice(3 * chunk));
  });

  test('a file that was cut off or extended does not open', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(5 * chunk + 9));
    const open = (bytes: Bytes) => codeOf(openEncrypted(kms, sourceOf(bytes), options));
    for (const chunks of [0, 1, 5])
      assert.equal(await open(sealed.slice(0, chunkStart(sealed, chunks))), 'StreamTruncated');
    for (const length of [
      0,
      3,
      4,
      70,
      chunkStart(sealed, 0) - 1,
      chunkStart(sealed, 0) + 15,
      chunkStart(sealed, 3) + 400,
      sealed.length - 1,
    ]) {
      assert.equal(await open(sealed.slice(0, length)), 'InvalidCiphertextException', `${length} bytes`);
    }
    assert.equal(await open(new Uint8Array([...sealed, 0])), 'InvalidCiphertextException');
  });

  test('a source that gives fewer bytes than it said is a file that was cut off', async () => {
    const kms = await paperKms();
    const sealed = await encrypted(kms, pattern(5 * chunk));
    const source = {
      size: sealed.length,
      read: async (offset: number, length: number) => sealed.slice(offset, Math.min(offset + length, 20_000)),
    };
    assert.equal(await codeOf(openEncrypted(kms, source, options)), 'StreamTruncated');
  });
});
