// Writes assembly/generated/rounds.ts: the bitsliced rounds, for one batch (8 blocks) and for two at once (16 blocks).
//
// Two independent batches in one function keep the processor's vector units busy where one batch waits for its own
// results. The loops hold four rounds, one for each skew. The number of rounds (10, 12, 14) is public; a loop is left after
// the round before the last one, which can only be the first or the third of the four.
import {
  addKey,
  initialSkew,
  mixColumnsAddKey,
  rereadBits,
  type Slices,
  skewAfter,
  skewed,
  subBytes,
  transposeBits,
} from './bitslice.ts';
import { bytes, load, swizzle, Writer, xor } from './writer.ts';

const eight = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const batchBytes = 128;

/** The state of a batch in named, mutable locals, because a loop carries it. */
const stateNames = (batch: number): Slices => eight.map((bit) => `s${batch}${bit}`);

const storeSlices = (writer: Writer, batch: number, slices: Slices): void => {
  for (const bit of eight) writer.line(`v128.store(state, ${slices[bit]}, ${batch * batchBytes + 16 * bit});`);
};

/** All rounds but the last, as a loop over the four skews; `last` is the address of the round key of the last of them. */
function roundLoop(writer: Writer, oneRound: (skew: number, offset: number) => void): void {
  writer.line(`let last = keys + ((<usize>rounds - 1) << 7);`);
  writer.line(`let key = keys + ${batchBytes};`);
  writer.block('while (true)', () => {
    for (const step of [0, 1, 2, 3]) {
      oneRound(skewAfter(1 + step), step * batchBytes);
      if (step % 2 === 0) writer.line(`if (key + ${step * batchBytes} == last) break;`);
    }
    writer.line(`key += ${4 * batchBytes};`);
  });
}

/** The last round, and the output: `target` becomes `source` xor the encrypted blocks. */
function finish(writer: Writer, batch: number, held: Slices): void {
  const state = eight.map((bit) => `block${batch}${bit}`);
  const final = addKey(writer, subBytes(writer, 'state', batch * batchBytes, held), 'last', batchBytes);
  for (const bit of eight) writer.line(`let ${state[bit]} = ${final[bit]};`);
  writer.block('if (rounds == 12)', () => {
    const natural = writer.local('natural', bytes(skewed(2)));
    for (const slice of state) writer.line(`${slice} = ${swizzle(slice, natural)};`);
  });
  const blocks = transposeBits(writer, state);
  for (const block of eight) {
    const at = batch * batchBytes + 16 * block;
    writer.line(`v128.store(target, ${xor(blocks[block] ?? '', load('source', at))}, ${at});`);
  }
}

export function roundsModule(): string {
  const writer = new Writer();
  const output = 'keys: usize, rounds: i32, state: usize, source: usize, target: usize';
  writer.line('// Written by assembly/generate/rounds.ts. Do not edit.');

  writer.line('\n/** Rounds 1 to the last on 8 blocks whose slices, round key 0 added, lie at `state`. */');
  writer.block(`export function encrypt8(${output}): void`, () => {
    // One batch waits for its own results all the time, so its slices go from round to round in registers.
    const state = stateNames(0);
    for (const bit of eight) writer.line(`let ${state[bit]} = ${load('state', 16 * bit)};`);
    roundLoop(writer, (skew, offset) => {
      const mixed = mixColumnsAddKey(writer, subBytes(writer, 'state', 0, state), skew, 'key', offset);
      for (const bit of eight) writer.line(`${state[bit]} = ${mixed[bit]};`);
      for (const bit of rereadBits) writer.line(`v128.store(state, ${state[bit]}, ${16 * bit});`);
    });
    finish(writer, 0, state);
  });

  writer.line(
    '\n/** The same on 16 blocks: two batches, whose slices go through memory. One is worked on while the other waits. */',
  );
  writer.block(`export function encrypt16(${output}): void`, () => {
    roundLoop(writer, (skew, offset) => {
      for (const batch of [0, 1]) {
        const mixed = mixColumnsAddKey(writer, subBytes(writer, 'state', batch * batchBytes), skew, 'key', offset);
        storeSlices(writer, batch, mixed);
      }
    });
    for (const batch of [0, 1]) finish(writer, batch, []);
  });

  writer.line('\n/** Slices of 16 blocks at `source`, round key 0 added, to `state`. */');
  writer.block('export function slice16(keys: usize, source: usize, state: usize): void', () => {
    const order = writer.local('order', bytes(skewed(initialSkew)));
    for (const batch of [0, 1]) {
      const blocks = eight.map((block) =>
        writer.local('block', swizzle(load('source', batch * batchBytes + 16 * block), order)),
      );
      const slices = addKey(writer, transposeBits(writer, blocks), 'keys', 0);
      for (const bit of eight) writer.line(`v128.store(state, ${slices[bit]}, ${batch * batchBytes + 16 * bit});`);
    }
  });

  writer.line('\n/** Natural order to the skew that a round key is kept with. */');
  writer.block('export function skewKey(key: v128, round: i32): v128', () => {
    for (const round of [1, 2, 3])
      writer.line(`if ((round & 3) == ${round}) return ${swizzle('key', bytes(skewed(skewAfter(round))))};`);
    writer.line(`return ${swizzle('key', bytes(skewed(skewAfter(0))))};`);
  });
  return writer.toString();
}
