// Builds the WASM core: generate the rounds, compile with AssemblyScript, run chosen Binaryen passes, embed the result.
//
// Not `asc -O3`: it copies every vector constant to each of its uses, and V8 then builds each copy anew, some 64 instructions
// a round. Unoptimised output and these passes keep constants in locals, and the module is smaller too. For the same reason
// `precompute` is not among them: it would turn a splat of one byte into a constant of sixteen.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import binaryen from 'binaryen';
import { roundsModule } from '../../assembly/generate/rounds.ts';

const passes = [
  ...[
    'simplify-globals',
    'inlining',
    'remove-unused-brs',
    'remove-unused-names',
    'merge-blocks',
    'simplify-locals',
    'vacuum',
  ],
  ...['coalesce-locals', 'reorder-locals', 'vacuum', 'remove-unused-module-elements'],
];
const pages = '7'; // 64 KiB each; memory.ts lays them out

async function compile(): Promise<Uint8Array> {
  mkdirSync('assembly/generated', { recursive: true });
  writeFileSync('assembly/generated/rounds.ts', roundsModule());
  mkdirSync('build', { recursive: true });
  const { error, stderr } = await asc.main([
    'assembly/index.ts',
    ...['--outFile', 'build/core.raw.wasm', '-O0', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
    ...['--initialMemory', pages, '--maximumMemory', pages, '--use', 'abort='],
    ...['--disableWarning', '112'], // v128 in the signatures of functions that are not exported from the module,
  ]);
  if (error) throw new Error(`asc: ${error.message}\n${stderr.toString()}`);
  const module = binaryen.readBinary(readFileSync('build/core.raw.wasm'));
  const { MVP, SIMD128, BulkMemory, BulkMemoryOpt, MutableGlobals, SignExt } = binaryen.Features;
  module.setFeatures(MVP | SIMD128 | BulkMemory | BulkMemoryOpt | MutableGlobals | SignExt);
  // Inline what is as small as a byte swap, and never the rounds.
  binaryen.setAlwaysInlineMaxSize(20);
  binaryen.setFlexibleInlineMaxSize(0);
  binaryen.setOneCallerInlineMaxSize(0);
  module.runPasses(passes);
  if (!module.validate()) throw new Error('wasm: the optimised module is not valid');
  const wasm = module.emitBinary();
  module.dispose();
  return wasm;
}

/** Writes build/core.wasm, and the module as it is published: a .wasm file, and the same bytes as a base64 string. */
export async function buildWasm(): Promise<void> {
  const started = Date.now();
  const wasm = await compile();
  writeFileSync('build/core.wasm', wasm);
  writeFileSync('src/cipher/wasm/core.wasm', wasm);
  const base64 = Buffer.from(wasm).toString('base64');
  writeFileSync(
    'src/cipher/wasm/bytes.ts',
    `// Written by scripts/steps/wasm.ts. Do not edit.\nexport const wasmBase64: string =\n  '${base64}';\n`,
  );
  const sizes = `${wasm.length} bytes, ${gzipSync(wasm, { level: 9 }).length} gzip`;
  console.log(`wasm: ok (${((Date.now() - started) / 1000).toFixed(1)} s; ${sizes})`);
}
