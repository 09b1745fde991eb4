// Under a strict Content-Security-Policy with Trusted Types (threats.md, item 27). Without 'wasm-unsafe-eval' everything
// asynchronous works through WebCrypto, synchronous calls throw WasmBlocked with the remedy, and nothing else happens.
import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import { type BrowserType, chromium, firefox, type LaunchOptions } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';

const folder = 'build/csp';
const strict = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
const policies = {
  blocked: strict,
  allowed: strict.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"),
};

interface Results {
  asynchronous: string;
  oneTag: string;
  opened: string;
  synchronous: string | { name: string; message: string };
  loading: string | { name: string };
  again: string | { name: string };
  problems: string[];
  violations: string[];
}

let server: Server;

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'warn',
    resolve: { alias: { '#wasm': resolve('src/cipher/wasm/embedded.ts') } },
    build: {
      outDir: folder,
      target: 'es2022',
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: { input: 'test/cipher/csp/page.ts', output: { entryFileNames: 'page.js' } },
    },
  });
  server = createServer((request, response) => {
    const [, policy = '', ...path] = (request.url ?? '/').split('/');
    const name = path.join('/');
    response.setHeader('content-security-policy', policies[policy as keyof typeof policies] ?? strict);
    try {
      const isScript = name.endsWith('.js');
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript
          ? readFileSync(join(folder, name))
          : '<!doctype html><title>CSP</title><script type="module" src="page.js"></script><body>',
      );
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  server.close();
});

const expected = ((): string => {
  const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32, 1), Buffer.alloc(12, 2));
  return Buffer.concat([cipher.update('text'), cipher.final(), cipher.getAuthTag()]).toString('hex');
})();

async function visit(type: BrowserType, options: LaunchOptions, policy: keyof typeof policies): Promise<Results> {
  const browser = await type.launch(options);
  try {
    const page = await browser.newPage();
    // WebCrypto needs a secure context, which localhost is.
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/${policy}/`);
    const body = page.locator('body[data-results]');
    await body.waitFor({ state: 'attached', timeout: 30_000 });
    return JSON.parse((await body.getAttribute('data-results')) ?? '') as Results;
  } finally {
    await browser.close();
  }
}

for (const [name, type, options] of [
  ['Chromium', chromium, chromiumLaunch],
  ['Firefox', firefox, firefoxLaunch],
] as const)
  describe(`a strict Content-Security-Policy in ${name}`, () => {
    test("with 'wasm-unsafe-eval', both manners work", async () => {
      const results = await visit(type, options, 'allowed');
      assert.equal(results.asynchronous, expected);
      assert.equal(results.oneTag, expected);
      assert.equal(results.synchronous, expected);
      assert.equal(results.loading, 'function');
      assert.deepEqual(results.problems, []);
      assert.deepEqual(results.violations, []);
    });

    test("without 'wasm-unsafe-eval', synchronous calls throw WasmBlocked and all else works", async () => {
      const results = await visit(type, options, 'blocked');
      assert.equal(results.asynchronous, expected);
      assert.equal(results.oneTag, expected);
      assert.equal(results.opened, Buffer.from('text').toString('hex'));
      assert.include(results.synchronous, { name: 'WasmBlocked' });
      assert.include((results.synchronous as { message: string }).message, "'wasm-unsafe-eval'");
      assert.include(results.loading, { name: 'WasmBlocked' });
      assert.include(results.again, { name: 'WasmBlocked' });
      assert.deepEqual(results.problems, []);
      // The one attempt to compile is reported, if at all; a second one is not made.
      assert.isAtMost(results.violations.length, 1);
    });
  });
