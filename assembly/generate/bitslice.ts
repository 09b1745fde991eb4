// Bitsliced AES over 8 blocks: how the state lies in vectors, and the steps of a round as vector code.
//
// Eight blocks are eight vectors, the slices: slice b, byte p, bit k is bit b of byte p of block k. A step of AES on one byte
// is then a few gates on whole slices, for 128 bytes at once, with no table and no branch.
//
// ShiftRows is never executed ("fixslicing": Adomnicai and Peyrin, https://eprint.iacr.org/2020/1123): before round r the
// byte of row i and column c is kept at column c + j*i, where j = r + 1 mod 4 is the skew, and MixColumns gathers its four
// rows from where the missing ShiftRows have left them. A skew of 2 before round 1 ends at 0, the natural order, after
// 10 or 14 rounds; after 12 rounds a skew of 2 is left over, which is its own inverse.
import { sboxGates } from './sbox-circuit.ts';
import { withSpills } from './spill.ts';
import { and, bytes, load, splat, swizzle, type Writer, xor } from './writer.ts';

/** Eight expressions or names, least significant bit first. */
export type Slices = readonly string[];

/** The skew of the state as it enters round 1. */
export const initialSkew = 2;
/** The skew with which MixColumns of a round leaves the state: the state's own and the round's ShiftRows. */
export const skewAfter = (round: number): number => (round + initialSkew) % 4;

/** Place in a block of the byte of a row and column, FIPS 197, section 3.4; columns count modulo 4. */
const place = (row: number, column: number): number => 4 * (((column % 4) + 4) % 4) + (row % 4);

/** Swizzle that takes a block from its natural order to a skew. */
export const skewed = (skew: number): number[] =>
  Array.from({ length: 16 }, (_, p) => place(p % 4, (p >> 2) - skew * (p % 4)));

/** Swizzle that brings every byte's neighbour `rows` further down the same column, where the skew has put it. */
const rowsDown = (rows: number, skew: number): number[] =>
  Array.from({ length: 16 }, (_, p) => place((p % 4) + rows, (p >> 2) + rows * skew));

/** How many values the S-box may keep in registers: V8 has 15 on x64, and one stays for what it needs itself. */
export const registers = 13;

export const sboxNames = {
  inputs: [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => `x${7 - bit}`),
  outputs: [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => `s${7 - bit}`),
};
const sboxSteps = withSpills(sboxGates, sboxNames.inputs, sboxNames.outputs, registers);
/** Bytes of memory that one S-box wants for values that wait. */
export const spillBytes: number = 16 * (1 + Math.max(...sboxSteps.map((step) => ('slot' in step ? step.slot : 0))));
/** Where they lie, behind the slices of two batches. */
const spillOffset = 256;

/** Which input bits an S-box reads from memory more than once: the first time they may come from a register. */
export const rereadBits: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7].filter(
  (bit) => sboxSteps.filter((step) => step.kind === 'input' && step.value === sboxNames.inputs[bit]).length > 1,
);

/**
 * SubBytes without the constant 0x63, on the slices at `state + offset`. Values that do not fit the registers wait at
 * `state + spillOffset`. Slices that are `held` in locals too are taken from there the first time.
 */
export function subBytes(writer: Writer, state: string, offset: number, held: Slices = []): Slices {
  const inHand = new Map(held.map((slice, bit) => [sboxNames.inputs[bit] ?? '', slice]));
  const value: Record<string, string> = {};
  for (const step of sboxSteps) {
    if (step.kind === 'gate') {
      const { output, left, operator, right } = step.gate;
      value[output] = writer.local(output, (operator === '&' ? and : xor)(value[left] ?? '', value[right] ?? ''));
    } else if (step.kind === 'store') {
      writer.line(`v128.store(${state}, ${value[step.value]}, ${spillOffset + 16 * step.slot});`);
    } else if (step.kind === 'input' && inHand.has(step.value)) {
      value[step.value] = inHand.get(step.value) ?? '';
      inHand.delete(step.value);
    } else {
      const at =
        step.kind === 'load' ? spillOffset + 16 * step.slot : offset + 16 * sboxNames.inputs.indexOf(step.value);
      value[step.value] = writer.local(step.value, load(state, at));
    }
  }
  return sboxNames.outputs.map((name) => value[name] ?? '');
}

/**
 * ShiftRows, MixColumns and AddRoundKey. With t = a + (the row below a), a column becomes
 * 2t + (the row below a) + (t two rows below), which is 2a + 3b + c + d.
 */
export function mixColumnsAddKey(writer: Writer, state: Slices, skew: number, key: string, offset: number): Slices {
  const down1 = writer.local('down1', bytes(rowsDown(1, skew)));
  const down2 = writer.local('down2', bytes(rowsDown(2, skew)));
  const below: string[] = [];
  const sum: string[] = [];
  const addBelow = (bit: number): void => {
    const slice = state[bit] ?? '';
    below[bit] = writer.local('below', swizzle(slice, down1));
    sum[bit] = writer.local('sum', xor(slice, below[bit]));
  };
  // Bit 7 first, because four other bits want its sum; then one bit after the other, to keep few values alive.
  addBelow(7);
  const top = sum[7] ?? '';
  const mixed: string[] = [];
  for (let bit = 0; bit < 8; bit++) {
    if (bit < 7) addBelow(bit);
    const shifted = bit === 0 ? top : (sum[bit - 1] ?? '');
    const linear = xor(
      xor(swizzle(sum[bit] ?? '', down2), below[bit] ?? ''),
      xor(shifted, load(key, offset + 16 * bit)),
    );
    // Doubling reduces by x^8 = x^4 + x^3 + x + 1, FIPS 197, section 4.2.1: bit 7 also goes into bits 1, 3 and 4.
    mixed[bit] = writer.local('mixed', bit === 1 || bit === 3 || bit === 4 ? xor(linear, top) : linear);
  }
  return mixed;
}

/** AddRoundKey alone, for the last round. */
export const addKey = (writer: Writer, state: Slices, key: string, offset: number): Slices =>
  state.map((slice, bit) => writer.local('keyed', xor(slice, load(key, offset + 16 * bit))));

/**
 * Turns eight slices into eight blocks, or eight blocks into slices: the transposition of an 8 x 8 bit matrix in every
 * byte, by exchanging ever larger squares (Hacker's Delight, section 7-3).
 */
export function transposeBits(writer: Writer, vectors: Slices): Slices {
  const v = [...vectors];
  for (const [distance, mask] of [
    [1, 0x55],
    [2, 0x33],
    [4, 0x0f],
  ] as const) {
    const lanes = writer.local('lanes', splat(mask));
    for (let low = 0; low < 8; low++) {
      if (low & distance) continue;
      const a = v[low] ?? '';
      const b = v[low + distance] ?? '';
      const swap = writer.local('swap', and(xor(`i64x2.shr_u(${a}, ${distance})`, b), lanes));
      v[low + distance] = writer.local('v', xor(b, swap));
      v[low] = writer.local('v', xor(a, `i64x2.shl(${swap}, ${distance})`));
    }
  }
  return v;
}
