// One Vitest project a runtime; `npm test` runs them one after another. A test's file name says where it runs:
//   *.test.ts          shared: Node 24, Chromium, Firefox, WebKit and workerd on the sources in src/, and the machine's own
//                      Node, Deno and Bun on the built library (test/runtimes/portable). Imports from 'vitest' only what
//                      the stand-in there has (describe, test, hooks, the context's skip); asserts with chai
//   *.browser.test.ts  Chromium, Firefox and WebKit: IndexedDB, workers, the DOM
//   *.node.test.ts     Node 24 only: node:crypto as a second opinion, files, the project's own scripts
//   *.serve.test.ts    Node 24, against `keyhaven serve` from dist/, with the clients of AWS that the machine has
//   *.e2e.test.ts      Node 24, driving whole browsers through Playwright: several tabs, restarts, the demo
//   *.deno.test.ts     Deno, on the built library
//   *.workerd.test.ts  workerd: Durable Objects
//   *.types.test.ts    never run: it passes by type-checking
// In workerd, Node 20, Deno and Bun all files share one module graph, so a test cleans up what it changes globally.
// IndexedDB is one for all files of a browser run, so each test opens a database name of its own.
// Tests that are skipped say why: `skip('reason')` from the test's context.
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { docExamples } from './test/docs/examples-plugin.ts';
import { chromiumLaunch, firefoxLaunch } from './test/runtimes/browsers.ts';
import { webkitgtk } from './test/runtimes/webkitgtk.ts';

// Otherwise workerd's simulator asks a server on the network where in the world it is.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false';

const special = [
  'test/**/*.browser.test.ts',
  'test/**/*.node.test.ts',
  'test/**/*.e2e.test.ts',
  'test/**/*.serve.test.ts',
  'test/**/*.deno.test.ts',
  'test/**/*.workerd.test.ts',
  'test/**/*.types.test.ts',
];
// A test that fails gets a second try: browsers, servers and threads have hiccups of their own on a busy machine, and random inputs
// may be ones that a run before did not have. So that none goes unseen, the summary of `npm test` names each with the error of
// its first try. Those that drive whole browsers build on each other, so there it is the file that has a second try
// (scripts/steps/vitest.ts).
const retry = 1;
const shared = { retry, include: ['test/**/*.test.ts'], exclude: special, testTimeout: 30_000 };
const inBrowser = { ...shared, exclude: special.filter((glob) => !glob.includes('.browser.')) };
const browser = { enabled: true, headless: true, screenshotFailures: false };
const server = { fs: { allow: ['.', '../shared/vectors'] } };
// Known before the first page loads: a dependency that Vite discovers later reloads the page in the middle of a run.
const optimizeDeps = {
  include: [
    '@aws-sdk/client-kms',
    '@aws-sdk/client-s3',
    'chai',
    'devalue',
    'dexie',
    'fast-check',
    'jose',
    'unstorage',
    'vitest > expect-type',
  ],
  exclude: ['hpke', 'idb', '@noble/hashes', '@noble/curves', '@noble/post-quantum', '@noble/ciphers'],
};

// The WASM core as package.json's "imports" has it, from the sources: workerd imports a module, all others compile one.
const wasm = (file: string) => ({
  alias: { '#wasm': new URL(`./src/cipher/wasm/${file}.ts`, import.meta.url).pathname },
});

export default defineConfig({
  test: {
    projects: [
      {
        resolve: wasm('embedded'),
        test: { name: 'node', ...shared, exclude: special.filter((glob) => !glob.includes('.node.')) },
      },
      {
        plugins: [docExamples()],
        server,
        optimizeDeps,
        resolve: wasm('embedded'),
        test: {
          name: 'chromium',
          ...inBrowser,
          browser: {
            ...browser,
            instances: [{ browser: 'chromium', provider: playwright({ launchOptions: chromiumLaunch }) }],
          },
        },
      },
      {
        plugins: [docExamples()],
        server,
        optimizeDeps,
        resolve: wasm('embedded'),
        test: {
          name: 'firefox',
          ...inBrowser,
          browser: {
            ...browser,
            instances: [{ browser: 'firefox', provider: playwright({ launchOptions: firefoxLaunch }) }],
          },
        },
      },
      {
        plugins: [docExamples()],
        server,
        optimizeDeps,
        resolve: wasm('embedded'),
        test: {
          name: 'webkit',
          ...inBrowser,
          browser: { ...browser, provider: webkitgtk(), instances: [{ browser: 'webkit' }] },
        },
      },
      {
        resolve: wasm('workerd'),
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './test/runtimes/workerd/wrangler.jsonc' },
          }),
        ],
        test: {
          name: 'workerd',
          ...shared,
          exclude: special.filter((glob) => !glob.includes('.workerd.')),
          isolate: false,
        },
      },
      {
        test: {
          name: 'serve',
          include: ['test/**/*.serve.test.ts'],
          retry,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
