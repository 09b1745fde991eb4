// Builds the library: TypeScript from src/ into dist/ (JavaScript, types, source maps). The server has a compilation of its own,
// so that nothing else can take Node for granted.
import { chmodSync, rmSync } from 'node:fs';
import { run } from './steps/run.ts';

rmSync('dist', { recursive: true, force: true });
await run('build', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']);
await run('build of the server', 'node_modules/.bin/tsc', ['-p', 'tsconfig.host.json']);
chmodSync('dist/host/serve/main.js', 0o755);
