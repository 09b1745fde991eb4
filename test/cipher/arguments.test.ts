// Hostile and mistaken arguments: a typed error, no byte of memory touched, and the next call works as ever.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openNativeKey } from '../../src/cipher/native-engine.ts';
import { loadCore } from '../../src/cipher/wasm/core.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { random, toHex, utf8 } from '../support/bytes.ts';
import { errorName } from './engines.ts';

const iv = random(12);
const text = utf8('sixteen and more bytes');

function detached(): Uint8Array {
  const bytes = random(32);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** An array that claims another length than it has. */
function liar(length: number): Uint8Array {
  const bytes = random(20);
  for (const name of ['length', 'byteLength', 'byteOffset']) Object.defineProperty(bytes, name, { value: length });
  return bytes;
}

const strangers: [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => -1],
  ['NaN', () => Number.NaN],
  ['a string', () => 'bytes'],
  ['an array', () => [1, 2, 3]],
  ['an ArrayBuffer', () => new ArrayBuffer(32)],
  ['a DataView', () => new DataView(new ArrayBuffer(32))],
  ['another typed array', () => new Uint16Array(16)],
  ['an object with the prototype of a Uint8Array', () => Object.create(Uint8Array.prototype)],
  ['a proxy', () => new Proxy(new Uint8Array(32), {})],
  ['a detached array', detached],
];
if (typeof SharedArrayBuffer !== 'undefined')
  strangers.push(['a shared array', () => new Uint8Array(new SharedArrayBuffer(32))]);
const resizable = new ArrayBuffer(32, { maxByteLength: 64 } as never);
if ((resizable as { resizable?: boolean }).resizable)
  strangers.push(['a resizable array', () => new Uint8Array(new ArrayBuffer(32, { maxByteLength: 64 } as never))]);

describe('arguments', () => {
  for (const [what, make] of strangers)
    test(`${what} is refused in every place`, async () => {
      const ciphers = await loadSyncCiphers();
      const { heap } = await loadCore();
      const cipher = ciphers.openKey(random(32));
      const sealed = cipher.seal(iv, text);
      const before = heap.slice();
      const calls: (() => unknown)[] = [
        () => ciphers.openKey(make() as never),
        () => cipher.seal(make() as never, text),
        () => cipher.seal(iv, make() as never),
        () => cipher.open(make() as never, sealed),
        () => cipher.open(iv, make() as never),
        () => cipher.sealMany(make() as never, [text]),
        () => cipher.sealMany(iv, [make() as never]),
        () => cipher.openMany(iv, [make() as never]),
        () => cipher.sealStream(make() as never),
        () => openNativeKey(make() as never),
      ];
      // An option that is undefined is one that is not given.
      if (make() !== undefined)
        calls.push(
          () => cipher.seal(iv, text, { aad: make() as never }),
          () => cipher.seal(iv, text, { into: make() as never }),
          () => cipher.open(iv, sealed, { aad: make() as never }),
          () => cipher.open(iv, sealed, { into: make() as never }),
          () => cipher.seal(iv, text, { tagLength: make() as never }),
        );
      for (const call of calls) assert.equal(await errorName(call), 'InvalidArgument', String(call));
      // What was in the window may be wiped; nothing else may change.
      const changed = heap.findIndex((byte, i) => byte !== before[i] && byte !== 0);
      assert.equal(changed, -1);
      assert.deepEqual(cipher.open(iv, sealed), text);
      cipher.close();
    });

  test('an array that lies about its length is taken for what it is', async () => {
    const cipher = (await loadSyncCiphers()).openKey(random(32));
    for (const length of [-1, 0, 5, 21, 2 ** 20, Number.NaN]) {
      const lying = liar(length);
      const truth = Uint8Array.from({ length: 20 }, (_, i) => lying[i] as number);
      assert.equal(toHex(cipher.seal(iv, lying)), toHex(cipher.seal(iv, truth)));
    }
    cipher.close();
  });

  test('views at odd offsets, and of other classes, work', async () => {
    const cipher = (await loadSyncCiphers()).openKey(random(40).subarray(3, 35));
    const bytes = random(60);
    class Special extends Uint8Array {}
    const expected = cipher.seal(iv, bytes.slice(7, 44));
    assert.deepEqual(cipher.seal(iv, bytes.subarray(7, 44)), expected);
    assert.deepEqual(cipher.seal(iv, new Special(bytes.buffer, 7, 37)), expected);
    cipher.close();
  });

  test('wrong lengths of keys, IVs, tags and places are refused', async () => {
    const ciphers = await loadSyncCiphers();
    for (const length of [0, 1, 15, 17, 31, 33, 64])
      assert.equal(await errorName(() => ciphers.openKey(random(length))), 'InvalidArgument');
    const cipher = ciphers.openKey(random(24));
    for (const tagLength of [-1, 0, 4, 8, 11, 17, 12.5, Number.NaN, Number.POSITIVE_INFINITY, '16'])
      assert.equal(await errorName(() => cipher.seal(iv, text, { tagLength: tagLength as never })), 'InvalidArgument');
    assert.equal(await errorName(() => cipher.seal(new Uint8Array(0), text)), 'InvalidArgument');
    assert.equal(await errorName(() => cipher.open(iv, random(15))), 'InvalidArgument');
    assert.equal(await errorName(() => cipher.seal(iv, text, { into: random(text.length + 15) })), 'InvalidArgument');
    cipher.close();
  });

  test('options on a polluted Object.prototype are not seen', async () => {
    const cipher = (await loadSyncCiphers()).openKey(random(32));
    const expected = cipher.seal(iv, text);
    const pollution = { aad: text, into: random(100), tagLength: 12 };
    Object.assign(Object.prototype, pollution);
    try {
      assert.equal(cipher.seal(iv, text, {}).length, expected.length);
      assert.equal(toHex(cipher.seal(iv, text, {})), toHex(expected));
    } finally {
      for (const name of Object.keys(pollution)) delete (Object.prototype as Record<string, unknown>)[name];
    }
    cipher.close();
  });

  test('a key that is closed while its options are read is not used', async () => {
    const cipher = (await loadSyncCiphers()).openKey(random(32));
    const options = {
      get aad() {
        cipher.close();
        return text;
      },
    };
    assert.equal(await errorName(() => cipher.seal(iv, text, options)), 'CipherClosed');
  });

  test('no code of the caller runs in the middle of a call, also where its arrays have a class of their own', async () => {
    const cipher = (await loadSyncCiphers()).openKey(random(32));
    const [stream, plaintext, otherIv] = [cipher.sealStream(iv), random(40), random(12)];
    let isAsked = false;
    class Hostile extends Uint8Array {
      static get [Symbol.species](): Uint8ArrayConstructor {
        isAsked = true;
        // Its place in the core is the next stream's.
        stream.close();
        cipher.sealStream(otherIv);
        return Uint8Array;
      }
    }
    class HostileList extends Array<Uint8Array> {
      static override get [Symbol.species](): ArrayConstructor {
        isAsked = true;
        return Array;
      }
    }
    const long = new Hostile(70_100);
    stream.update(plaintext, new Hostile(50));
    stream.update(new Hostile(long.buffer, 0, 70_000), new Hostile(long.buffer, 10, 70_000));
    cipher.seal(iv, plaintext, { into: new Hostile(60) });
    cipher.seal(iv, new Hostile(long.buffer, 0, 40_000), { into: new Hostile(long.buffer, 20, 50_000) });
    const list = HostileList.from([plaintext, plaintext]) as unknown as Uint8Array[];
    cipher.sealMany(random(24), list, { into: new Hostile(200) });
    assert.isFalse(isAsked);
    cipher.close();
  });

  test('a constructor that was put on Uint8Array.prototype later is not handed the memory of the core', async () => {
    const { heap } = await loadCore();
    const cipher = (await loadSyncCiphers()).openKey(random(32));
    const original = Uint8Array.prototype.constructor as Uint8ArrayConstructor;
    const seen: unknown[] = [];
    const spy = function (this: unknown, ...given: [ArrayBuffer, number, number]) {
      seen.push(given[0]);
      return new original(...given);
    };
    Uint8Array.prototype.constructor = { [Symbol.species]: spy } as never;
    try {
      cipher.openMany(iv, [cipher.seal(iv, random(1_234))]);
      cipher.seal(iv, random(100_000));
      const stream = cipher.sealStream(iv);
      stream.update(random(70_000));
      stream.final(13);
    } finally {
      Uint8Array.prototype.constructor = original;
    }
    assert.isFalse(seen.includes(heap.buffer));
    cipher.close();
  });

  test('the core traps on slots and lengths that the caller should not have let pass', async () => {
    const { exports, layout } = await loadCore();
    for (const slot of [-1, layout.keySlots, 2 ** 31])
      assert.equal(await errorName(() => exports.seal(slot, 0, 16)), 'RuntimeError');
    assert.equal(await errorName(() => exports.openKey(0, 20)), 'RuntimeError');
    assert.equal(await errorName(() => exports.closeKey(layout.keySlots)), 'RuntimeError');
    const slot = layout.keySlots - 1;
    assert.equal(await errorName(() => exports.seal(slot, 0, 16)), 'RuntimeError'); // no key was opened there
    exports.openKey(slot, 32);
    for (const [aad, bytes] of [
      [0, layout.windowBytes],
      [4097, 0],
      [-1, 0],
      [0, -1],
      [0, 2 ** 31],
      [2 ** 32 - 16, 32],
    ] as const)
      assert.equal(await errorName(() => exports.seal(slot, aad, bytes)), 'RuntimeError', `${aad} ${bytes}`);
    assert.equal(await errorName(() => exports.open(slot, 0, 16, 11)), 'RuntimeError');
    assert.equal(await errorName(() => exports.sealMany(slot, layout.manyMax + 1, 16)), 'RuntimeError');
    assert.equal(await errorName(() => exports.streamUpdate(layout.streamSlots, 1, 1)), 'RuntimeError');
    assert.equal(await errorName(() => exports.wipeWindow(layout.windowBytes + 1)), 'RuntimeError');
    exports.closeKey(slot);
    exports.wipeAll();
  });
});
