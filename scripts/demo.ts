// `npm start`: builds the vault app and serves it; beside it, on origins of their own, the vault page and a page that uses it by consent.
import { resolve } from 'node:path';
import { serveDemo } from './steps/demo-servers.ts';
import { buildWasm } from './steps/wasm.ts';

// The sources import the core, which is built.
await buildWasm();
const folder = (name: string): string => resolve('build/demo', name);
await serveDemo(
  { app: 4173, vault: 4174, guest: 4175 },
  { app: folder('app'), vault: folder('vault'), guest: folder('guest') },
);
console.log(`The vault is at http://localhost:4173/ (Ctrl+C stops it).
Another origin that uses a key by consent: http://localhost:4175/, with its keys on http://localhost:4174/.`);
