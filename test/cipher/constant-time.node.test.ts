// The claim of docs/cipher.md, proved on the module that is published: no address and no branch of the core depends on a key,
// on data, or on anything computed from them, but for the one bit that says whether a tag is right.
//
// Two proofs. The first runs the module, instrumented so that it tells every address and every condition, on many pairs of
// keys, IVs and data of equal lengths, and compares the traces. The second does not run it: it follows secrets through the
// code. What the machine does with one instruction is out of reach of both: see docs/cipher.md.
import { randomBytes, randomInt } from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Core, Core as CoreClass, type CoreExports } from '../../src/cipher/wasm/core.ts';
import { findSecretUses } from '../support/taint.ts';
import { traced, withTracing } from '../support/tracer.ts';
import { binaryen, type Expression, functionsOf, type Info, ids, infoOf, readCore, walk } from '../support/wasm-ir.ts';

const { exports, record } = traced(withTracing(readCore()));
const core: Core = new CoreClass({ exports } as WebAssembly.Instance);
const { heap, layout, lengths } = core;
const w: CoreExports = core.exports;
const roundUp16 = (bytes: number): number => (bytes + 15) & ~15;

/** Runs all of the core's operations on fresh secrets of given lengths; returns the trace. */
function runAll(keyBytes: number, aadBytes: number, bytes: number, isForged: boolean): Int32Array {
  const place = (at: number, length: number): void => heap.set(randomBytes(length), at);
  const record12 = (): void => {
    place(layout.iv, 12);
    place(layout.data - roundUp16(aadBytes), aadBytes);
    place(layout.data, bytes);
  };
  return record(() => {
    place(layout.window, keyBytes);
    w.openKey(5, keyBytes);
    for (let use = 0; use < 2; use++) {
      // The first use of a key builds one hash table, the second the others.
      record12();
      const [iv, aad] = [
        heap.slice(layout.iv, layout.iv + 12),
        heap.slice(layout.data - roundUp16(aadBytes), layout.data),
      ];
      w.seal(5, aadBytes, bytes);
      heap.set(iv, layout.iv);
      heap.set(aad, layout.data - roundUp16(aadBytes));
      // A forgery differs in one random byte: how far a tag is right must not show.
      const wrong = layout.data + bytes + randomInt(12);
      if (isForged) heap[wrong] = (heap[wrong] as number) ^ randomInt(1, 256);
      assert.equal(w.open(5, aadBytes, bytes, 12), isForged ? 0 : 1);
      w.wipeWindow(1000);
    }
    const many = [bytes, 0, 33, 16];
    let at = layout.window;
    many.forEach((length, i) => {
      lengths[2 * i] = aadBytes;
      lengths[2 * i + 1] = length;
      const room = roundUp16(aadBytes) + roundUp16(length) + 16;
      place(at, room);
      at += room;
    });
    place(layout.manyIvs, 48);
    w.sealMany(5, many.length, 16);
    w.openMany(5, many.length, 16); // results are packed, so it opens those that lie where they did, and refuses the next
    for (const ivLength of [12, 16, 21]) {
      w.openStream(3, 5);
      place(layout.iv, 12);
      place(layout.window, ivLength);
      if (ivLength === 12) w.streamIv12(3);
      else {
        w.streamIv(3, ivLength);
        w.streamIvEnd(3);
      }
      place(layout.window, aadBytes);
      w.streamAad(3, aadBytes);
      for (const [mode, length] of [
        [1, bytes],
        [2, 7],
        [1, 200],
      ] as const) {
        place(layout.window, length);
        w.streamUpdate(3, mode, length);
      }
      w.streamTag(3);
      w.closeStream(3);
    }
    place(layout.iv, 16);
    place(layout.window, bytes);
    w.ctr(5, 3, bytes);
    place(layout.operands, 32);
    w.multiply();
    w.closeKey(5);
    w.wipeAll();
  });
}

describe('constant time', () => {
  for (const keyBytes of [16, 24, 32])
    test(`addresses and branches are the same for all secrets, keys of ${keyBytes} bytes`, () => {
      for (const [aadBytes, bytes] of [
        [0, 0],
        [13, 64],
        [0, 100],
        [32, 130],
        [5, 257],
        [16, 1000],
        [0, 2100],
      ] as const)
        for (const isForged of [false, true]) {
          const first = runAll(keyBytes, aadBytes, bytes, isForged);
          assert.isAbove(first.length, 10_000);
          for (let pair = 0; pair < 8; pair++)
            assert.isTrue(
              Buffer.compare(
                Buffer.from(first.buffer),
                Buffer.from(runAll(keyBytes, aadBytes, bytes, isForged).buffer),
              ) === 0,
            );
        }
    }, 120_000);

  test('the tracer sees a table that is looked up by a secret, and a branch on one', () => {
    const leaky = binaryen.parseText(`(module (memory (export "memory") 1)
      (func (export "lookup") (result i32) (i32.load8_u offset=256 (i32.load8_u (i32.const 0))))
      (func (export "branch") (result i32) (if (result i32) (i32.load8_u (i32.const 0)) (then (i32.const 1)) (else (i32.const 2)))))`);
    const { exports: e, record: recordLeaky } = traced(withTracing(leaky));
    const memory = new Uint8Array((e['memory'] as WebAssembly.Memory).buffer);
    for (const name of ['lookup', 'branch']) {
      const traces = [0, 1].map((secret) => {
        memory[0] = secret;
        return recordLeaky(e[name] as () => void).join();
      });
      assert.notEqual(traces[0], traces[1]);
    }
  });
});

/**
 * The loads that bring nothing secret: fields of contexts that hold counts, and the list of lengths of many records. In the
 * module they are recognised by their width and offset (assembly/memory.ts, assembly/stream.ts) or by their base address.
 */
function isPublicLoad(load: Info): boolean {
  if (load.type === binaryen.v128) return false;
  const field = `${load['bytes']} at ${load['offset']}`;
  const contextFields = ['4 at 2160', '4 at 2164', '4 at 64', '4 at 68', '8 at 48', '8 at 56'];
  if (contextFields.includes(field)) return true;
  return field.startsWith('4 at') && mentions(load['ptr'] as Expression, layout.manyLengths);
}

/** Whether a constant occurs in an expression. */
function mentions(expression: Expression, value: number): boolean {
  let isFound = false;
  walk(expression, (_, info) => {
    if (info.id === ids.Const && info['value'] === value) isFound = true;
  });
  return isFound;
}

describe('the code of the core', () => {
  test('uses no secret as an address, a length or a condition, but for the outcome of a check of a tag', () => {
    const module = readCore();
    // One local for each value: the build lets values that do not overlap share a local.
    module.runPasses(['ssa']);
    const outcomes = new Set<Expression>();
    for (const { body } of functionsOf(module))
      walk(body, (expression, info) => {
        if (info.id === ids.Unary && info['op'] === binaryen.Operations.AnyTrueVec128) outcomes.add(expression);
      });
    // gcm.ts: one record, many records (shared batch, own batch); stream.ts: checkTag.
    assert.isAtMost(outcomes.size, 3);
    assert.deepEqual(findSecretUses(module, isPublicLoad, outcomes), []);
    assert.isAbove(
      findSecretUses(module, isPublicLoad, new Set()).length,
      0,
      'the outcome of a check is secret until it is declassified',
    );
    assert.isAbove(findSecretUses(module, () => false, outcomes).length, 0, 'the counts of contexts are loads too');
  });

  test('divides nothing, shifts vectors by constants only, and has no globals and no indirect calls', () => {
    const module = readCore();
    const operations = binaryen.Operations;
    const divisions = Object.keys(operations)
      .filter((name) => /^(Div|Rem)[SU]?Int/.test(name))
      .map((name) => operations[name]);
    assert.isAtLeast(divisions.length, 8);
    for (const { name, body } of functionsOf(module))
      walk(body, (_, info) => {
        assert.notInclude([ids.CallIndirect, ids.Switch, ids.GlobalGet, ids.GlobalSet], info.id, name);
        if (info.id === ids.Binary) assert.notInclude(divisions, info['op'] as number, name);
        if (info.id === ids.SIMDShift) assert.equal(infoOf(info['shift'] as Expression).id, ids.Const, name);
      });
  });
});
