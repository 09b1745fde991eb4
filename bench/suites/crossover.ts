// Where WebCrypto overtakes the core: one awaited message at a time, in powers of two. src/cipher/crossover.ts quotes it.
import { loadSyncCiphers } from '../../dist/cipher/wasm-engine.js';
import type { Case, Effort, Row } from '../harness/measure.ts';
import type { Suite } from '../harness/suite.ts';

const sizes = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];
const effort: Effort = { rounds: 21, slice: 4 };

async function* cases(): AsyncGenerator<readonly [Case, Effort]> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const cipher = (await loadSyncCiphers()).openKey(key);
  const native = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  for (const bytes of sizes) {
    const message = new Uint8Array(bytes).fill(7);
    const into = new Uint8Array(bytes + 16);
    const subjects = [
      {
        name: 'core',
        run(count: number): void {
          for (let i = 0; i < count; i++) cipher.seal(iv, message, { into });
        },
      },
      {
        name: 'WebCrypto',
        async run(count: number): Promise<void> {
          for (let i = 0; i < count; i++) await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, native, message);
        },
      },
    ];
    yield [{ name: 'crossover', bytes, subjects }, effort];
  }
}

function summary(rows: readonly Row[]): string[] {
  const ratio = (bytes: number): number => {
    const [core, native] = rows.filter((row) => row.bytes === bytes);
    return (native?.us ?? 0) / (core?.us ?? 1);
  };
  const last = sizes.filter((bytes) => ratio(bytes) > 1).at(-1) ?? 0;
  return [
    sizes.map((bytes) => `${bytes}: ${ratio(bytes).toFixed(2)}x`).join('  '),
    `the core is faster up to ${last} bytes`,
  ];
}

const suite: Suite = { cases, summary };
export default suite;
