// The field of GHASH, GF(2^128) in the order of bits of NIST SP 800-38D, section 6.3: for the few products that a message with one
// tag needs outside of the platform's own GHASH. In the core, whose arithmetic is constant-time; where WebAssembly is blocked,
// by the same steps on 32-bit words. Elements are as secret as the authentication key, so whoever makes one wipes it.
import type { Bytes } from '../../model/shape.ts';
import { copyOf } from '../arguments.ts';
import { type Core, loadCore } from '../wasm/core.ts';

/** 16 bytes: a polynomial of degree 127, x^0 first. */
export type Element = Bytes;

export interface Field {
  /** `a * b`, a new array. */
  multiply(a: Element, b: Element): Element;
}

const { set, fill } = Uint8Array.prototype;

/** Products by the core. */
function coreField(core: Core): Field {
  const { operands } = core.layout;
  return {
    multiply(a, b) {
      set.call(core.heap, a, operands);
      set.call(core.heap, b, operands + 16);
      core.exports.multiply();
      const product = copyOf(core.heap, operands + 32, operands + 48) as Element;
      fill.call(core.heap, 0, operands + 32, operands + 48);
      return product;
    },
  };
}

/** Products by shift and add under masks: no branch and no address depends on a bit of either factor. */
export const wordField: Field = {
  multiply(a, b) {
    const [x, v] = [new DataView(a.buffer, a.byteOffset, 16), new DataView(b.buffer, b.byteOffset, 16)];
    let [v0, v1, v2, v3] = [v.getInt32(0), v.getInt32(4), v.getInt32(8), v.getInt32(12)];
    let [z0, z1, z2, z3] = [0, 0, 0, 0];
    for (let at = 0; at < 16; at += 4) {
      let word = x.getInt32(at);
      for (let bit = 0; bit < 32; bit++) {
        const isSet = word >> 31;
        word <<= 1;
        z0 ^= v0 & isSet;
        z1 ^= v1 & isSet;
        z2 ^= v2 & isSet;
        z3 ^= v3 & isSet;
        const isOdd = -(v3 & 1);
        v3 = (v3 >>> 1) | (v2 << 31);
        v2 = (v2 >>> 1) | (v1 << 31);
        v1 = (v1 >>> 1) | (v0 << 31);
        v0 = (v0 >>> 1) ^ (isOdd & 0xe1000000);
      }
    }
    const product = new DataView(new ArrayBuffer(16));
    for (const [index, word] of [z0, z1, z2, z3].entries()) product.setInt32(4 * index, word);
    return new Uint8Array(product.buffer);
  },
};

/** The core's field, or where it cannot run the one of words: 5 times slower, some microseconds for half a megabyte. */
export async function loadField(): Promise<Field> {
  try {
    return coreField(await loadCore());
  } catch {
    return wordField;
  }
}

/** 1: x^0. */
export const one = (): Element => {
  const element = new Uint8Array(16);
  element[0] = 0x80;
  return element;
};

/** `a + b`, a new array. */
export function add(a: Uint8Array, b: Uint8Array): Element {
  const sum = new Uint8Array(16);
  for (let i = 0; i < 16; i++) sum[i] = (a[i] as number) ^ (b[i] as number);
  return sum;
}

/** `a^exponent`; the exponent is public, below 2^53. */
export function power(field: Field, a: Element, exponent: number): Element {
  let result = one();
  let square = new Uint8Array(a);
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = replaced(result, field.multiply(result, square));
    square = replaced(square, field.multiply(square, square));
  }
  square.fill(0);
  return result;
}

/**
 * From a square, its root and its inverse. Squaring is a bijection whose 128th power is the identity, so the root of `a` is
 * `a^(2^127)`, and the inverse `a^(2^128 - 2)` is the product of all `a^(2^k)` on the way there.
 */
export function rootAndInverse(field: Field, square: Element): { root: Element; inverse: Element } {
  let root = new Uint8Array(square);
  let inverse = one();
  for (let k = 1; k <= 127; k++) {
    root = replaced(root, field.multiply(root, root));
    inverse = replaced(inverse, field.multiply(inverse, root));
  }
  return { root, inverse };
}

function replaced(old: Element, next: Element): Element {
  old.fill(0);
  return next;
}

/** GCM's block of lengths: additional data and data, in bits. SP 800-38D, section 7.1, step 5. */
export function lengthBlock(aadBytes: number, dataBytes: number): Element {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, BigInt(aadBytes) * 8n);
  view.setBigUint64(8, BigInt(dataBytes) * 8n);
  return new Uint8Array(view.buffer);
}
