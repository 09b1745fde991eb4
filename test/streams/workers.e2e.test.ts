// Streams in workers, in pages under a strict Content-Security-Policy with Trusted Types (threats.md, item 27): bundled by Vite from
// the sources, and from dist/ without a bundler. Where the policy lets no worker pass, the work is done in the page.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import { type BrowserType, chromium, firefox, type LaunchOptions } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';

const folder = 'build/stream-workers';
const strict = "default-src 'none'; script-src 'self'; worker-src 'self'; require-trusted-types-for 'script'";
const policies = {
  allowed: `${strict}; trusted-types keyhaven-worker`,
  refused: `${strict}; trusted-types 'none'`,
  plain: "default-src 'none'; script-src 'self'",
};
type Policy = keyof typeof policies;
type Results = Record<string, unknown> & { problems: string[]; violations: string[] };

let server: Server;

beforeAll(async () => {
  if (!existsSync('dist/streams/workers/keyhaven-streams-worker.js')) throw new Error('run "npm run build" first');
  await build({
    configFile: false,
    logLevel: 'warn',
    base: './',
    resolve: { alias: { '#wasm': resolve('src/cipher/wasm/embedded.ts') } },
    worker: { format: 'es' },
    build: {
      outDir: folder,
      target: 'es2022',
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: { input: 'test/streams/workers/page.ts', output: { entryFileNames: 'page.js' } },
    },
  });
  // The same page against what is published: only the page itself is bundled, and the library is served as it is.
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [
      {
        name: 'published',
        enforce: 'pre',
        resolveId: (specifier) =>
          specifier.endsWith('src/streams/index.ts') ? { id: './dist/streams/index.js', external: true } : null,
      },
    ],
    build: {
      outDir: `${folder}/published`,
      target: 'es2022',
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: { input: 'test/streams/workers/page.ts', output: { entryFileNames: 'page.js' } },
    },
  });
  server = createServer((request, response) => {
    const [, policy = '', ...path] = (request.url ?? '/').split('/');
    const name = path.join('/').replace('published/dist/', '../../dist/');
    response.setHeader('content-security-policy', policies[policy as Policy] ?? strict);
    try {
      const isScript = name.endsWith('.js');
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript
          ? readFileSync(join(folder, name))
          : '<!doctype html><title>Workers</title><script type="module" src="page.js"></script><body>',
      );
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  server?.close();
});

async function visit(type: BrowserType, options: LaunchOptions, path: string): Promise<Results> {
  const browser = await type.launch(options);
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/${path}/`);
    const body = page.locator('body[data-results]');
    await body.waitFor({ state: 'attached', timeout: 60_000 });
    return JSON.parse((await body.getAttribute('data-results')) ?? '') as Results;
  } finally {
    await browser.close();
  }
}

function assertWorks(results: Results, isReady: boolean): void {
  const { problems, violations, closed, ...rest } = results;
  assert.deepEqual(problems, []);
  assert.deepEqual(rest, {
    isReady,
    'sealed there opens here': true,
    'sealed here opens there': true,
    'many at once': 'true,true,true,true',
    refused: 'InvalidCiphertextException',
    'released before': true,
    cut: 'StreamTruncated',
    stopped: 'enough',
    shared: true,
    'input kept': true,
    'none can be made': 'false,true',
    'no such file': false,
  });
  assert.include(isReady ? ['StreamWorkerFailed', 'done here'] : ['done here'], closed);
}

for (const [name, type, options] of [
  ['Chromium', chromium, chromiumLaunch],
  ['Firefox', firefox, firefoxLaunch],
] as const)
  describe(`streams in workers in ${name}`, () => {
    test('work under a strict policy with Trusted Types that names them', async () => {
      assertWorks(await visit(type, options, 'allowed'), true);
    });

    test('work from the published files, without a bundler', async () => {
      assertWorks(await visit(type, options, 'plain/published'), true);
    });

    test('are done without where the policy forbids workers', async () => {
      assertWorks(await visit(type, options, 'refused'), false);
    });
  });
