// Builds the library: the WASM core, then TypeScript from src/ into dist/ (JavaScript, types, source maps). The server has a
// compilation of its own, so that nothing else can take Node for granted.
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { run } from './steps/run.ts';
import { buildStreamWorker } from './steps/stream-worker.ts';
import { buildWasm } from './steps/wasm.ts';

rmSync('dist', { recursive: true, force: true });
await buildWasm();
await run('build', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']);
await run('build of the server', 'node_modules/.bin/tsc', ['-p', 'tsconfig.host.json']);
await buildStreamWorker();
copyFileSync('src/cipher/wasm/core.wasm', 'dist/cipher/wasm/core.wasm');
chmodSync('dist/host/serve/main.js', 0o755);
