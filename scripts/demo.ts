// `npm start`: builds the vault app and serves it.
import { build, preview } from 'vite';

const configFile = 'demo/vite.config.ts';
await build({ configFile, logLevel: 'warn' });
const server = await preview({ configFile, preview: { port: 4173, strictPort: true, host: 'localhost' } });
console.log(`The vault is at ${server.resolvedUrls?.local[0] ?? 'http://localhost:4173/'} (Ctrl+C stops it)`);
