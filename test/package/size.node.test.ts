// What a page loads for each entry of `exports` before it has called anything, minified by Vite and compressed with brotli, and
// what must never be in it. The numbers are printed: docs/performance.md shows them.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { assert } from 'chai';
import { build, type Rolldown } from 'vite';
import { describe, test } from 'vitest';

/** Bytes of the first load, after brotli. A new entry of `exports` needs its budget here. */
const budgets: Readonly<Record<string, number>> = {
  '.': 20_000,
  './aws-sdk': 3_500,
  './devices': 17_000,
  './edge': 15_500,
  './esdk': 18_500,
  './host': 13_000,
  './http': 11_200,
  './records': 33_000,
  './records/dexie': 28_000,
  './records/unstorage': 33_000,
  './s3': 21_000,
  './sealer': 13_400,
  './store': 3_700,
  './store/deno-kv': 2_700,
  './store/durable-object': 1_800,
  './store/postgres': 2_700,
  './streams': 17_500,
  './streams/worker': 2_200,
  './trail': 5_200,
  './unlock': 7_000,
};

/** What no entry loads before it is needed. */
const neverAtFirst: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['post-quantum algorithms', /@noble\/post-quantum|src\/keys\/post-quantum/],
  ['elliptic curves in JavaScript', /@noble\/curves|src\/keys\/(curves|edwards|ecdsa)/],
  ['AES in JavaScript', /@noble\/ciphers/],
  ['RSA', /src\/keys\/(rsa(-\w+)?|oaep(-software)?)\.ts/],
  ['imports', /src\/(kms\/import|keys\/(wrapping-key|imported-secret))/],
  ['grants', /src\/(kms\/grant|keyring\/grants)/],
  ['the evaluation of policies', /src\/(authz\/(evaluate|condition|policy-document)|kms\/judgement)/],
  ['custom key stores', /src\/kms\/custom-key-stores/],
  ['multi-Region keys', /src\/kms\/replicas/],
  ['rotation', /src\/(kms|keyring)\/rotation/],
];
/** What no entry that pages load has, at first or later. */
const never: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['the modules of Node', /^(node:|__vite-browser-external)|\0__vite-browser-external/],
  ['the server', /src\/host\/serve\//],
  ['the AWS SDK', /@aws-sdk|@smithy/],
];

interface Loaded {
  readonly chunks: readonly Rolldown.OutputChunk[];
  readonly first: readonly Rolldown.OutputChunk[];
}

/** Bundles a page that imports an entry and uses everything that it exports. */
async function bundle(file: string): Promise<Loaded> {
  const page = 'virtual:page';
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '#wasm': new URL('../../src/cipher/wasm/embedded.ts', import.meta.url).pathname } },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? id : null),
        load: (id) => (id === page ? `import * as all from ${JSON.stringify(file)}; globalThis.page = all;` : null),
      },
    ],
    build: { write: false, target: 'es2022', modulePreload: false, rolldownOptions: { input: page } },
  })) as Rolldown.RolldownOutput;
  const chunks = output.output.filter((item) => item.type === 'chunk');
  const first: Rolldown.OutputChunk[] = [];
  const add = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (chunk === undefined || first.includes(chunk)) return;
    first.push(chunk);
    for (const name of chunk.imports) add(chunks.find(({ fileName }) => fileName === name));
  };
  add(chunks.find(({ isEntry }) => isEntry));
  return { chunks, first };
}

const compressed = (code: string): number =>
  brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const sizeOf = (chunks: readonly Rolldown.OutputChunk[]): number =>
  chunks.reduce((sum, { code }) => sum + compressed(code), 0);
const modulesOf = (chunks: readonly Rolldown.OutputChunk[]): string[] =>
  chunks.flatMap(({ moduleIds, imports, dynamicImports }) => [...moduleIds, ...imports, ...dynamicImports]);

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { default: string }>;
};
const entries = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === 'string'
    ? []
    : [{ name, source: target.default.replace('./dist/', './src/').replace(/js$/, 'ts') }],
);

describe('the first load', () => {
  test('has a budget for every entry of exports', () => {
    assert.sameMembers(
      entries.map(({ name }) => name),
      Object.keys(budgets),
    );
  });

  for (const { name, source } of entries) {
    test(`of keyhaven${name.slice(1)} is within its budget, and holds nothing that few pages need`, async () => {
      const { chunks, first } = await bundle(new URL(`../../${source}`, import.meta.url).pathname);
      const size = sizeOf(first);
      const later = sizeOf(chunks.filter((chunk) => !first.includes(chunk)));
      console.log(
        `size: keyhaven${name.slice(1)} ${size} bytes at first (of ${budgets[name]}), ${later} more when used`,
      );
      assert.isAtMost(size, budgets[name] ?? 0);
      for (const [what, pattern] of neverAtFirst)
        assert.isUndefined(
          modulesOf(first).find((id) => pattern.test(id)),
          `${what} in the first load of ${name}`,
        );
      for (const [what, pattern] of never)
        assert.isUndefined(
          modulesOf(chunks).find((id) => pattern.test(id)),
          `${what} in ${name}`,
        );
    });
  }
});
