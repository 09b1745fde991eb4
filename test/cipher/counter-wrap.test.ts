// The 32-bit counter wraps without touching the IV's other 12 bytes (SP 800-38D, section 6.2). With an IV of 16 bytes the first
// counter is a hash, so an IV can be crafted for any counter block: IV = (J0 + 128 H) / H^2.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Core, loadCore } from '../../src/cipher/wasm/core.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { random } from '../support/bytes.ts';
import { engines } from './engines.ts';

/** The field product by the core, which is checked against a product bit by bit below. */
async function multiplier(): Promise<(a: Uint8Array, b: Uint8Array) => Uint8Array> {
  const { exports, heap, layout } = await loadCore();
  return (a, b) => {
    heap.set(a, layout.operands);
    heap.set(b, layout.operands + 16);
    exports.multiply();
    return heap.slice(layout.operands + 32, layout.operands + 48);
  };
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] as number));

/** SP 800-38D, section 6.3, on bits. */
function product(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bit = (x: Uint8Array, i: number): number => ((x[i >> 3] as number) >> (7 - (i & 7))) & 1;
  let z = new Uint8Array(16);
  let v = new Uint8Array(b);
  for (let i = 0; i < 128; i++) {
    if (bit(a, i)) z = xor(z, v) as Uint8Array<ArrayBuffer>;
    const isOdd = bit(v, 127);
    v = v.map((byte, j) => (byte >> 1) | (j > 0 ? ((v[j - 1] as number) & 1) << 7 : 0));
    if (isOdd) v[0] = (v[0] as number) ^ 0xe1;
  }
  return z;
}

/** H = E(0): counter mode on zeros, from a counter block of zeros. */
function hashKeyOf({ exports, heap, keySlots, layout }: Core, key: Uint8Array): Uint8Array {
  const slot = keySlots.take();
  heap.set(key, layout.window);
  exports.openKey(slot, key.length);
  heap.fill(0, layout.iv, layout.iv + 16);
  heap.fill(0, layout.window, layout.window + 16);
  exports.ctr(slot, 0, 16);
  exports.closeKey(slot);
  keySlots.giveBack(slot);
  return heap.slice(layout.window, layout.window + 16);
}

describe('the counter', () => {
  test('the field product is that of the standard', async () => {
    const multiply = await multiplier();
    for (let i = 0; i < 50; i++) {
      const [a, b] = [random(16), random(16)];
      assert.deepEqual(multiply(a, b), product(a, b));
    }
  });

  test('wraps at 2^32, at every place in a batch', async () => {
    const multiply = await multiplier();
    const ciphers = await loadSyncCiphers();
    for (let before = 0; before < 40; before++) {
      const key = random([16, 24, 32][before % 3] as number);
      const cipher = ciphers.openKey(key);
      const h = hashKeyOf(await loadCore(), key);
      const j0 = random(16);
      j0.set([255, 255, 255, 255 - before], 12);
      // H^-2 = (H^2)^(2^128 - 2)
      const square = multiply(h, h);
      let inverse = new Uint8Array(16);
      inverse[0] = 0x80;
      let power = square;
      for (let i = 1; i < 128; i++) {
        power = multiply(power, power);
        inverse = multiply(inverse, power) as Uint8Array<ArrayBuffer>;
      }
      const length = new Uint8Array(16);
      length[15] = 128;
      const iv = multiply(xor(j0, multiply(length, h)), inverse);
      const plaintext = random(16 * before + 700);
      const sealed = cipher.seal(iv, plaintext);
      cipher.close();
      const native = engines[1];
      if (native === undefined || !(await native.takes(key.length, 16))) continue;
      assert.deepEqual(sealed, await native.seal(key, iv, plaintext), `${before} blocks before the wrap`);
    }
  });
});
