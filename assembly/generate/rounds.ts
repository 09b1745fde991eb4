// Writes assembly/generated/rounds.ts: the bitsliced rounds, for one batch (8 blocks) and for two at once (16 blocks).
//
// Two independent batches in one function keep the processor's vector units busy where one batch waits for its own
// results. The loops hold four rounds, one for each skew. The number of rounds (10, 12, 14) is public; a loop is left after
// the round before the last one, which can only be the first or the third of the four.
import {
  addKey,
  initialSkew,
  mixColumnsAddKey,
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

const assign = (writer: Writer, names: Slices, values: Slices): void => {
  for (const bit of eight) writer.line(`${names[bit]} = ${values[bit]};`);
};

const loadState = (writer: Writer, batches: readonly number[]): void => {
  for (const batch of batches)
    for (const bit of eight) writer.line(`let s${batch}${bit} = ${load('state', batch * batchBytes + 16 * bit)};`);
};

/** One full round on each batch: all S-boxes, then all linear layers, so that the batches overlap. */
function round(writer: Writer, batches: readonly number[], skew: number, key: string, offset: number): void {
  const substituted = batches.map((batch) => subBytes(writer, stateNames(batch)));
  batches.forEach((batch, i) => {
    assign(writer, stateNames(batch), mixColumnsAddKey(writer, substituted[i] ?? [], skew, key, offset));
  });
}

/** All rounds but the last, as a loop over the four skews; `last` is the address of the round key of the last of them. */
function roundLoop(writer: Writer, batches: readonly number[]): void {
  writer.line(`let last = keys + ((<usize>rounds - 1) << 7);`);
  writer.line(`let key = keys + ${batchBytes};`);
  writer.block('while (true)', () => {
    for (const step of [0, 1, 2, 3]) {
      round(writer, batches, skewAfter(1 + step), 'key', step * batchBytes);
      if (step % 2 === 0) writer.line(`if (key + ${step * batchBytes} == last) break;`);
    }
    writer.line(`key += ${4 * batchBytes};`);
  });
}

/** The last round, and the output: `target` becomes `source` xor the encrypted blocks. */
function finish(writer: Writer, batches: readonly number[]): void {
  const final = batches.map((batch) => addKey(writer, subBytes(writer, stateNames(batch)), 'last', batchBytes));
  batches.forEach((batch, i) => {
    assign(writer, stateNames(batch), final[i] ?? []);
  });
  writer.block('if (rounds == 12)', () => {
    const natural = writer.local('natural', bytes(skewed(2)));
    for (const batch of batches)
      assign(
        writer,
        stateNames(batch),
        stateNames(batch).map((slice) => swizzle(slice, natural)),
      );
  });
  for (const batch of batches) {
    const blocks = transposeBits(writer, stateNames(batch));
    eight.forEach((block) => {
      const at = batch * batchBytes + 16 * block;
      writer.line(`v128.store(target, ${xor(blocks[block] ?? '', load('source', at))}, ${at});`);
    });
  }
}

export function roundsModule(): string {
  const writer = new Writer();
  const output = 'keys: usize, rounds: i32, state: usize, source: usize, target: usize';
  writer.line('// Written by assembly/generate/rounds.ts. Do not edit.');

  writer.line('\n/** Rounds 1 to the last on one batch whose slices, round key 0 added, lie at `state`. */');
  writer.block(`export function encrypt8(${output}): void`, () => {
    loadState(writer, [0]);
    roundLoop(writer, [0]);
    finish(writer, [0]);
  });

  writer.line('\n/** The same on two batches. */');
  writer.block(`export function encrypt16(${output}): void`, () => {
    loadState(writer, [0, 1]);
    roundLoop(writer, [0, 1]);
    finish(writer, [0, 1]);
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
