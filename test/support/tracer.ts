// Rewrites a WASM module so that it tells every address that it touches and every condition that it branches on, in order.
import { binaryen, type Expression, functionsOf, ids, type WasmModule, walk } from './wasm-ir.ts';

/** What is rewritten, by kind of expression: the operands that tell where memory is touched or which way control goes. */
const operands: {
  readonly [id: number]: readonly { get(e: Expression): Expression; set(e: Expression, to: Expression): void }[];
} = {
  [ids.Load]: [{ get: binaryen.Load.getPtr, set: binaryen.Load.setPtr }],
  [ids.Store]: [{ get: binaryen.Store.getPtr, set: binaryen.Store.setPtr }],
  [ids.If]: [{ get: binaryen.If.getCondition, set: binaryen.If.setCondition }],
  [ids.Break]: [{ get: binaryen.Break.getCondition, set: binaryen.Break.setCondition }],
  [ids.Select]: [{ get: binaryen.Select.getCondition, set: binaryen.Select.setCondition }],
  [ids.Switch]: [{ get: binaryen.Switch.getCondition, set: binaryen.Switch.setCondition }],
  [ids.CallIndirect]: [{ get: binaryen.CallIndirect.getTarget, set: binaryen.CallIndirect.setTarget }],
  [ids.MemoryCopy]: [
    { get: binaryen.MemoryCopy.getDest, set: binaryen.MemoryCopy.setDest },
    { get: binaryen.MemoryCopy.getSource, set: binaryen.MemoryCopy.setSource },
    { get: binaryen.MemoryCopy.getSize, set: binaryen.MemoryCopy.setSize },
  ],
  [ids.MemoryFill]: [
    { get: binaryen.MemoryFill.getDest, set: binaryen.MemoryFill.setDest },
    { get: binaryen.MemoryFill.getSize, set: binaryen.MemoryFill.setSize },
  ],
};

/** The module's bytes, importing `env.trace(site, value)`, which must return `value`. Sites number the places in the code. */
export function withTracing(module: WasmModule): Uint8Array<ArrayBuffer> {
  module.setFeatures(binaryen.Features.All);
  const pair = binaryen.createType([binaryen.i32, binaryen.i32]);
  let site = 0;
  for (const { body } of functionsOf(module))
    walk(body, (expression, { id }) => {
      for (const { get, set } of operands[id] ?? []) {
        const operand = get(expression);
        if (operand !== 0) set(expression, module.call('trace', [module.i32.const(site++), operand], binaryen.i32));
      }
    });
  module.addFunctionImport('trace', 'env', 'trace', pair, binaryen.i32);
  if (!module.validate()) throw new Error('the instrumented module is not valid');
  return new Uint8Array(module.emitBinary());
}

/** Instantiates instrumented bytes; `record` runs work and returns the trace: site, value, site, value ... */
export function traced(bytes: Uint8Array<ArrayBuffer>): {
  exports: WebAssembly.Exports;
  record(work: () => void): Int32Array;
} {
  let trace: number[] = [];
  const note = (site: number, value: number): number => {
    trace.push(site, value);
    return value;
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { trace: note } });
  return {
    exports,
    record(work) {
      trace = [];
      work();
      return Int32Array.from(trace);
    },
  };
}
