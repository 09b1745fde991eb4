// What an application pays for messages in bytes: the entry with raw AES and KMS keyrings, whole messages and streams, as Vite builds it.
// What only RSA, signatures or short frames need lies in chunks of its own, which are loaded at the first use.
import { gzipSync } from 'node:zlib';
import { assert } from 'chai';
import { build, type Rolldown } from 'vite';
import { describe, test } from 'vitest';

const entry = 'virtual:app';
const code = (names: string): string => `export { ${names} } from '${process.cwd()}/src/esdk/index.ts';`;

async function chunksOf(names: string): Promise<{ first: number; later: string[] }> {
  const { output } = (await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@keyhaven/source', 'module', 'browser'] },
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === entry ? `\0${entry}` : undefined),
        load: (id) => (id === `\0${entry}` ? code(names) : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      reportCompressedSize: false,
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = output.filter((each) => each.type === 'chunk');
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set<string>();
  const visit = (name: string): void => {
    if (first.has(name)) return;
    first.add(name);
    for (const next of byName.get(name)?.imports ?? []) visit(next);
  };
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk.fileName);
  const size = [...first].reduce((sum, name) => sum + gzipSync(byName.get(name)?.code ?? '', { level: 9 }).length, 0);
  return { first: size, later: chunks.filter(({ fileName }) => !first.has(fileName)).map(({ code: text }) => text) };
}

describe('the bundle', () => {
  test('of whole messages and streams under raw AES and KMS keys is at most 25 KB, gzipped', async () => {
    const { first, later } = await chunksOf(
      'encrypt, decrypt, encryptStream, decryptStream, rawAesKeyring, kmsKeyring, multiKeyring',
    );
    console.log(`keyhaven/esdk, gzip: ${first} bytes at once, ${later.map((text) => gzipSync(text).length)} later`);
    assert.isAtMost(first, 25_000);
    // The core and the curves are there, and not at once.
    assert.isAbove(later.length, 1);
  });
});
