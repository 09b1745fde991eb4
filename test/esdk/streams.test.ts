// Messages that pass by: any cut of the input, bounded memory, nothing before its tag, and what is held back until a signature.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  type DecryptStreamOptions,
  decrypt,
  decryptStream,
  type EncryptOptions,
  encrypt,
  encryptStream,
  rawAesKeyring,
} from '../../src/esdk/index.ts';
import { KmsError } from '../../src/index.ts';
import { collect, drain, pattern, streamOf } from '../streams/flows.ts';
import { type Bytes, flipBit, random } from '../support/bytes.ts';
import { fitful, readBytes } from '../support/live-streams.ts';

const keyring = rawAesKeyring({ keyNamespace: 'tests', keyName: 'streams', wrappingKey: random(32) });
const sealed = (plaintext: Bytes, options?: EncryptOptions, lengths?: readonly number[]) =>
  collect(streamOf(plaintext, lengths).pipeThrough(encryptStream(keyring, options)));

async function opened(message: Uint8Array, options?: DecryptStreamOptions, lengths?: readonly number[]) {
  const { readable, writable, header } = decryptStream(keyring, options);
  const { pieces, error } = await drain(streamOf(message, lengths).pipeThrough({ readable, writable }));
  return { pieces, name: (error as Error | undefined)?.name, message: (error as Error | undefined)?.message, header };
}

const unsigned = { suiteId: 0x0478, frameLength: 100 } as const;
const signed = { suiteId: 0x0578, frameLength: 100 } as const;
const early = { signedMessages: 'release-before-verification' } as const;

describe('streams of messages', () => {
  for (const options of [
    unsigned,
    signed,
    { ...signed, suiteId: 0x0214, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } as const,
  ])
    test(`of suite ${options.suiteId.toString(16)} and whole messages are the same, whichever wrote and whichever reads`, async () => {
      const reading = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
      for (const length of [0, 1, 99, 100, 101, 200, 30_000]) {
        const plaintext = pattern(length);
        const message = await sealed(plaintext, options, [7, 100, 1, 3000]);
        assert.deepEqual((await decrypt(keyring, message, reading)).plaintext, plaintext);
        const whole = await encrypt(keyring, plaintext, options);
        assert.closeTo(message.length, whole.length, options === unsigned ? 0 : 8);
        assert.deepEqual((await opened(message, reading, [1, 50, 1000])).pieces, plaintext);
        assert.deepEqual((await opened(message, { ...reading, ...early })).pieces, plaintext);
      }
    });

  test('take long frames, and frames of one byte', async () => {
    for (const frameLength of [1, 65_536, 2_000_000, 2 ** 26]) {
      const plaintext = pattern(frameLength === 1 ? 3000 : 2_100_000);
      const message = await sealed(plaintext, { suiteId: 0x0478, frameLength }, [65_000]);
      assert.deepEqual((await opened(message, undefined, [65_000])).pieces, plaintext);
    }
  });

  test('tell what is authentic beside the plaintext', async () => {
    const message = await sealed(pattern(10), { ...unsigned, encryptionContext: { a: 'b' } });
    const { header } = await opened(message);
    assert.deepEqual({ ...(await header) }, { encryptionContext: { a: 'b' }, suiteId: 0x0478 });
    const wrong = await opened(message, { encryptionContext: { a: 'c' } });
    assert.equal(wrong.name, 'InvalidCiphertextException');
    assert.equal(await wrong.header.catch((error: Error) => error.name), 'InvalidCiphertextException');
  });

  test('release nothing of a frame whose tag does not fit, and nothing after it', async () => {
    const plaintext = pattern(100_000);
    const message = await sealed(plaintext, { suiteId: 0x0478, frameLength: 4096 });
    for (const at of [200, 60_000, message.length - 1]) {
      const { pieces, name } = await opened(flipBit(message, 8 * at), undefined, [1000]);
      assert.equal(name, 'InvalidCiphertextException');
      assert.isBelow(pieces.length, plaintext.length);
      assert.deepEqual(pieces, plaintext.slice(0, pieces.length));
    }
  });

  test('that are cut, or have something behind them, fail', async () => {
    for (const options of [unsigned, signed]) {
      const message = await sealed(pattern(350), options);
      for (let length = 0; length < message.length; length += 13) {
        const cut = await opened(message.slice(0, length), early, [50]);
        assert.include(['StreamTruncated', 'InvalidCiphertextException'], cut.name);
      }
      assert.equal((await opened(message.slice(0, -1), early)).name, 'StreamTruncated');
      const longer = new Uint8Array(message.length + 1);
      longer.set(message);
      assert.equal((await opened(longer, early, [100])).name, 'InvalidCiphertextException');
    }
  });

  test('hold a signed plaintext until its signature is found genuine', async () => {
    const message = await sealed(pattern(1000), signed);
    const forged = flipBit(message, 8 * (message.length - 1));
    const held = await opened(forged);
    assert.equal(held.name, 'InvalidCiphertextException');
    assert.lengthOf(held.pieces, 0);
    assert.deepEqual((await opened(message)).pieces, pattern(1000));
  });

  test('refuse a signed plaintext that is too long to be held, and say what to do', async () => {
    const message = await sealed(pattern(1000), signed);
    const refused = await opened(message, { maxHeldLength: 999 });
    assert.equal(refused.name, 'MessageRefused');
    assert.match(refused.message ?? '', /release-before-verification/);
    assert.lengthOf(refused.pieces, 0);
    assert.deepEqual((await opened(message, { maxHeldLength: 1000 })).pieces, pattern(1000));
    const none = await opened(message, { signedMessages: 'refuse' });
    assert.equal(none.name, 'MessageRefused');
    assert.throws(() => decryptStream(keyring, { signedMessages: 'yes' as never }), KmsError, /signedMessages/);
  });

  test('release signed frames early only when asked, and never the last ones', async () => {
    // More than one batch of frames.
    const plaintext = pattern(100 * 256 + 50);
    const message = await sealed(plaintext, signed);
    const forged = flipBit(message, 8 * (message.length - 1));
    const { pieces, name } = await opened(forged, early);
    assert.equal(name, 'InvalidCiphertextException');
    assert.isAbove(pieces.length, 0);
    assert.isBelow(pieces.length, plaintext.length);
    assert.deepEqual(pieces, plaintext.slice(0, pieces.length));
  });

  test('do not reserve memory for a length that was only read', async () => {
    const message = await sealed(pattern(10), { suiteId: 0x0478, frameLength: 2 ** 32 - 1 });
    const refused = await opened(message);
    assert.equal(refused.name, 'MessageRefused');
    assert.match(refused.message ?? '', /maxHeldLength/);
    const allowed = await opened(message, { maxHeldLength: 2 ** 32 });
    assert.deepEqual(allowed.pieces, pattern(10));
  });

  test('give out a frame when its tag is checked, also where nothing more comes for now', async () => {
    for (const options of [unsigned, { ...unsigned, frameLength: 5000 }]) {
      const { frameLength } = options;
      const whole = await encrypt(keyring, pattern(3 * frameLength), options);
      const bodyStart = whole.length - 3 * (frameLength + 32) - 8;
      const reading = decryptStream(keyring);
      const [writer, reader] = [reading.writable.getWriter(), reading.readable.getReader()];
      // Two frames, to the byte; then the final one.
      const end = bodyStart + 2 * (frameLength + 32);
      const writing = writer.write(whole.slice(0, end));
      assert.deepEqual(await readBytes(reader, 2 * frameLength), pattern(2 * frameLength));
      await writing;
      const finishing = writer.write(whole.slice(end)).then(() => writer.close());
      assert.deepEqual(await readBytes(reader, frameLength), pattern(3 * frameLength).slice(2 * frameLength));
      assert.isTrue((await reader.read()).done);
      await finishing;

      const sealing = encryptStream(keyring, options);
      const [plain, sealedReader] = [sealing.writable.getWriter(), sealing.readable.getReader()];
      const giving = plain.write(pattern(2 * frameLength + 1));
      const start = await readBytes(sealedReader, bodyStart + 2 * (frameLength + 32));
      const opening = decryptStream(keyring);
      const [into, opened] = [opening.writable.getWriter(), opening.readable.getReader()];
      const passing = into.write(start);
      assert.deepEqual(await readBytes(opened, 2 * frameLength), pattern(2 * frameLength));
      await Promise.all([giving, passing]);
      await Promise.all([sealedReader.cancel(), opened.cancel()]);
    }
  });

  test('are the same whenever and in whatever pieces they come', async () => {
    const flow = fc.record({
      length: fc.nat(700),
      frameLength: fc.constantFrom(1, 7, 64, 699, 5000),
      pieces: fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom(0, 0, 0, 15)), {
        minLength: 1,
        maxLength: 8,
      }),
      suiteId: fc.constantFrom(0x0478, 0x0578),
    });
    await fc.assert(
      fc.asyncProperty(flow, async ({ length, frameLength, pieces, suiteId }) => {
        const plaintext = pattern(length);
        const writing = encryptStream(keyring, { suiteId: suiteId as 0x0478, frameLength });
        const message = await collect(fitful(plaintext, pieces).pipeThrough(writing));
        assert.deepEqual((await decrypt(keyring, message)).plaintext, plaintext);
        const { readable, writable } = decryptStream(keyring, early);
        const back = await collect(fitful(message, pieces).pipeThrough({ readable, writable }));
        assert.deepEqual(back, plaintext);
        const cut = decryptStream(keyring, early);
        const some = message.slice(0, message.length - 1 - (length % 50));
        const { error } = await drain(
          fitful(some, pieces).pipeThrough({ readable: cut.readable, writable: cut.writable }),
        );
        assert.include(['StreamTruncated', 'InvalidCiphertextException'], (error as Error | undefined)?.name);
      }),
      { numRuns: 15 },
    );
  });

  test('hold no more than a batch, however much comes', async () => {
    let produced = 0;
    let released = 0;
    let most = 0;
    const piece = pattern(65_536);
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (produced === 24 * 2 ** 20) return controller.close();
        produced += piece.length;
        controller.enqueue(piece.slice());
      },
    });
    const flow = source
      .pipeThrough(encryptStream(keyring, { suiteId: 0x0478, frameLength: 65_536 }))
      .pipeThrough(decryptStream(keyring));
    const reader = flow.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      released += value.length;
      most = Math.max(most, produced - released);
    }
    assert.equal(released, 24 * 2 ** 20);
    assert.isBelow(most, 8 * 2 ** 20);
  });

  test('end when they are told to', async () => {
    for (const make of [encryptStream, decryptStream]) {
      const ending = new AbortController();
      const { readable, writable } = make(keyring, { signal: ending.signal });
      const reading = drain(readable);
      writable
        .getWriter()
        .write(pattern(10))
        .catch(() => {});
      ending.abort(new Error('enough'));
      assert.equal(((await reading).error as Error).message, 'enough');
    }
  });

  test('fail with what the keyring fails with, at both ends', async () => {
    const broken = { ...keyring, generateDataKey: () => Promise.reject(new Error('the service is away')) };
    const { readable, writable } = encryptStream(broken, unsigned);
    const writing = writable
      .getWriter()
      .write(pattern(10))
      .then(
        () => undefined,
        (error: Error) => error.message,
      );
    const { error } = await drain(readable);
    assert.equal((error as Error).message, 'the service is away');
    // workerd says in its own words that the other end has failed.
    assert.isString(await writing);
  });
});
