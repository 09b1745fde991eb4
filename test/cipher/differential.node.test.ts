// The core against node:crypto: keys of all sizes, IVs, additional data and messages of all lengths, all cuts.
import { test } from 'vitest';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';
import { compareOnce } from '../support/differential.ts';

test('100000 random messages agree with node:crypto', async () => {
  const ciphers = await loadSyncCiphers();
  for (let count = 0; count < 100_000; count++) compareOnce(ciphers, count);
}, 120_000);
