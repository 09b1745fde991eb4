// More of test/cipher/differential.node.test.ts, on the built library: node scripts/node24.mjs scripts/differential.ts 1000000
import { loadSyncCiphers } from '../dist/cipher/wasm-engine.js';
import { compareOnce } from '../test/support/differential.ts';

const total = Number(process.argv[2] ?? 1_000_000);
const ciphers = await loadSyncCiphers();
for (let count = 0; count < total; count++) {
  compareOnce(ciphers, count);
  if (count % 100_000 === 99_999) console.log(`${count + 1} messages agree with node:crypto`);
}
