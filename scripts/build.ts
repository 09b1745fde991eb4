// Builds the library: TypeScript from src/ into dist/ (JavaScript, types, source maps).
import { rmSync } from 'node:fs';
import { run } from './steps/run.ts';

rmSync('dist', { recursive: true, force: true });
await run('build', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']);
