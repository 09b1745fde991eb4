// After every call all of the core's memory is scanned: outside the contexts of open keys and streams there is nothing but
// public values and, after sealing, ciphertext.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { loadCore } from '../../src/cipher/wasm/core.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { flipBit, random } from '../support/bytes.ts';
import { errorName } from './engines.ts';

const lengths = [0, 1, 15, 16, 17, 64, 96, 97, 128, 129, 224, 225, 256, 257, 1000, 5000, 33_000, 140_000];

/** Finds `needle` in `hay` at any offset. */
function indexOf(hay: Uint8Array, needle: Uint8Array): number {
  for (let at = hay.indexOf(needle[0] as number); at >= 0; at = hay.indexOf(needle[0] as number, at + 1))
    if (needle.every((byte, i) => hay[at + i] === byte)) return at;
  return -1;
}

/** Every run of 8 bytes at a multiple of 8 of a secret must be absent; a run that is all zeros says nothing. */
function assertAbsent(memory: Uint8Array, secret: Uint8Array, what: string): void {
  for (let at = 0; at + 8 <= secret.length; at += secret.length > 1000 ? 1000 : 8)
    assert.equal(indexOf(memory, secret.subarray(at, at + 8)), -1, `${what}, byte ${at}`);
}

async function setUp() {
  const { heap, layout } = await loadCore();
  const ciphers = await loadSyncCiphers();
  /** The areas that may hold anything but zeros: public values, the window. */
  const isPublic = (at: number): boolean =>
    (at >= layout.iv && at < layout.tag + 16) ||
    (at >= layout.manyLengths && at < layout.manyLengths + 8 * layout.manyMax) ||
    (at >= layout.manyIvs && at < layout.manyIvs + 12 * layout.manyMax + 4);
  const isWindow = (at: number): boolean => at >= layout.window;
  const isContext = (at: number): boolean => at >= layout.keys && at < layout.window;
  /** The first byte that is not zero outside the areas that are let pass. */
  const leftover = (...pass: ((at: number) => boolean)[]): number =>
    heap.findIndex((byte, at) => byte !== 0 && !isPublic(at) && !pass.some((test) => test(at)));
  return { heap, ciphers, leftover, isWindow, isContext };
}

describe('wiping', () => {
  test('sealing leaves ciphertext in the window, and no plaintext, key or keystream anywhere', async () => {
    const { heap, ciphers, leftover, isWindow, isContext } = await setUp();
    const key = random(32);
    const cipher = ciphers.openKey(key);
    for (const length of lengths) {
      const [iv, aad, plaintext] = [random(12), random(32), random(length)];
      const sealed = cipher.seal(iv, plaintext, { aad });
      assert.equal(leftover(isWindow, isContext), -1, `length ${length}`);
      assertAbsent(heap, plaintext, 'plaintext');
      const keystream = cipher.seal(iv, new Uint8Array(length)).subarray(0, length);
      cipher.seal(random(12), new Uint8Array(0));
      heap.fill(0, heap.length - 150_000); // that keystream was a ciphertext, and lay in the window
      cipher.seal(iv, plaintext, { aad });
      assertAbsent(heap, keystream, 'keystream');
      assert.equal(sealed.length, length + 16);
    }
    cipher.close();
    assert.equal(leftover(isWindow), -1);
    assertAbsent(heap, key, 'key');
  });

  test('opening leaves nothing at all but the key, whether it succeeds or not', async () => {
    const { ciphers, leftover, isContext } = await setUp();
    const cipher = ciphers.openKey(random(32));
    for (const length of lengths) {
      const iv = random(12);
      const aad = random(20);
      const sealed = cipher.seal(iv, random(length), { aad });
      cipher.open(iv, sealed, { aad });
      assert.equal(leftover(isContext), -1, `opened ${length}`);
      await errorName(() => cipher.open(iv, flipBit(sealed, 0), { aad }));
      assert.equal(leftover(isContext), -1, `refused ${length}`);
    }
    const list = lengths.slice(0, -2).map((length) => random(length));
    const ivs = random(12 * list.length);
    const sealed = list.map((record, i) => cipher.seal(ivs.subarray(12 * i, 12 * i + 12), record));
    cipher.openMany(ivs, sealed);
    assert.equal(leftover(isContext), -1, 'opened many');
    await errorName(() => cipher.openMany(ivs, [...sealed.slice(0, -1), random(5016)]));
    assert.equal(leftover(isContext), -1, 'refused many');
    cipher.close();
    assert.equal(leftover(), -1, 'closed');
  });

  test('no key of any size leaves a trace once it is closed, nor does a stream', async () => {
    const { heap, ciphers, leftover, isWindow } = await setUp();
    for (const keyBytes of [16, 24, 32]) {
      const cipher = ciphers.openKey(random(keyBytes));
      const sealing = cipher.sealStream(random(16));
      sealing.aad(random(21));
      const plaintext = random(333);
      sealing.update(plaintext);
      assertAbsent(heap, plaintext, 'plaintext');
      const opening = cipher.openStream(random(12));
      opening.update(random(45));
      opening.close();
      cipher.sealMany(random(36), [random(10), random(100), random(3000)]);
      cipher.close();
      assert.equal(leftover(isWindow), -1, `key of ${keyBytes} bytes`);
    }
  });

  test('between two pieces a stream keeps neither plaintext nor keystream', async () => {
    const { heap, ciphers, leftover, isContext } = await setUp();
    const cipher = ciphers.openKey(random(32));
    const iv = random(12);
    const keystream = cipher.seal(iv, new Uint8Array(128)).subarray(0, 128);
    (await loadCore()).exports.wipeAll(); // the ciphertext of these zeros is keystream
    const stream = cipher.sealStream(iv);
    const plaintext = random(77);
    stream.update(plaintext);
    assert.equal(leftover(isContext), -1);
    assertAbsent(heap, keystream, 'keystream');
    assertAbsent(heap, plaintext, 'plaintext');
    cipher.close();
  });

  test('a trap in the core, and an error of the caller in the middle of a call, leave nothing', async () => {
    const { ciphers, leftover, isContext, heap } = await setUp();
    const { exports, layout } = await loadCore();
    const cipher = ciphers.openKey(random(32));
    heap.set(random(200), layout.data);
    try {
      exports.seal(0, 0, 2 ** 30);
    } catch {
      exports.wipeAll();
    }
    assert.equal(leftover(isContext), -1);
    // A list whose second record is refused when the first is in the window already.
    const aads = [random(10), 'mistake'];
    await errorName(() => cipher.sealMany(random(24), [random(100), random(100)], { aad: aads as never }));
    assert.equal(leftover(isContext), -1);
    cipher.close();
  });

  test('the memory never grows', async () => {
    const { exports, heap } = await loadCore();
    assert.throws(() => exports.memory.grow(1));
    assert.equal(exports.memory.buffer, heap.buffer);
  });
});

describe('open keys', () => {
  test('there is a limit, it is told, and closing makes room again', async () => {
    const { ciphers } = await setUp();
    const { layout } = await loadCore();
    const open = Array.from({ length: layout.keySlots }, () => ciphers.openKey(random(16)));
    assert.equal(await errorName(() => ciphers.openKey(random(16))), 'TooManyOpen');
    open[7]?.close();
    open[7]?.close(); // twice does no harm
    const another = ciphers.openKey(random(32));
    assert.equal(await errorName(() => ciphers.openKey(random(16))), 'TooManyOpen');
    const iv = random(12);
    assert.deepEqual(another.open(iv, another.seal(iv, iv)), iv);
    assert.equal(await errorName(() => open[7]?.seal(iv, iv)), 'CipherClosed');
    for (const cipher of [...open, another]) cipher.close();
  });

  test('streams have a limit too', async () => {
    const { ciphers } = await setUp();
    const { layout } = await loadCore();
    const cipher = ciphers.openKey(random(16));
    const streams = Array.from({ length: layout.streamSlots }, () => cipher.sealStream(random(12)));
    assert.equal(await errorName(() => cipher.openStream(random(12))), 'TooManyOpen');
    streams[3]?.final();
    cipher.openStream(random(12)).close();
    cipher.close();
    const next = ciphers.openKey(random(16));
    assert.equal(next.sealStream(random(12)).final().length, 16);
    next.close();
  });
});
