// How much memory the demo takes while a file of some gigabytes goes into it: node scripts/node24.mjs bench/peak-memory.ts [gigabytes]
// Chromium on Linux; the file is sparse, and what is stored of it is not.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addFile,
  buildVault,
  makeKey,
  openVault,
  removeFolder,
  serveVault,
  temporaryFolder,
} from '../test/demo/vault-page.ts';
import { peakWhile } from '../test/support/renderer-memory.ts';

const gigabytes = Number(process.argv[2] ?? 4);
const folder = temporaryFolder('peak');
const profile = join(folder, 'profile');
const name = 'large.bin';
const path = join(folder, name);
writeFileSync(path, '');
truncateSync(path, gigabytes * 2 ** 30);
await buildVault(join(folder, 'dist'));
const served = await serveVault(join(folder, 'dist'));
const vault = await openVault('chromium', profile, served.url);
vault.page.setDefaultTimeout(1_800_000);
try {
  await makeKey(vault, 'Memory');
  const before = await peakWhile(profile, async () => {});
  let milliseconds = 0;
  const peak = await peakWhile(profile, async () => {
    milliseconds = await addFile(vault, path, name);
  });
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const speed = mb((gigabytes * 2 ** 30 * 1000) / milliseconds);
  console.log(`${gigabytes} GB: peak ${mb(peak)}, before ${mb(before)}, ${speed}/s`);
} finally {
  await vault.context.close();
  await served.stop();
  removeFolder(folder);
}
