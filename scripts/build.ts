// Builds the library: the WASM core, then TypeScript from src/ into dist/ (JavaScript, types, source maps).
import { copyFileSync, rmSync } from 'node:fs';
import { run } from './steps/run.ts';
import { buildWasm } from './steps/wasm.ts';

rmSync('dist', { recursive: true, force: true });
await buildWasm();
await run('build', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']);
copyFileSync('src/cipher/wasm/core.wasm', 'dist/cipher/wasm/core.wasm');
