// Runs a suite in a page of a real browser: bundled by Vite, served with the headers of cross-origin isolation (clocks are
// five microseconds fine only then), driven by Playwright.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { chromium, firefox } from 'playwright';
import { build } from 'vite';
import { chromiumLaunch, firefoxLaunch } from '../../test/runtimes/browsers.ts';
import type { Row } from './measure.ts';

const folder = 'build/bench';

export async function runInBrowser(
  name: 'chromium' | 'firefox',
  suite: string,
  only: string,
  report: (row: Row) => void,
): Promise<{ rows: Row[]; version: string }> {
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: {
      alias: { 'bench:suite': resolve(`bench/suites/${suite}.ts`), buffer: resolve('bench/peers/buffer.ts') },
    },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: {
        input: 'bench/harness/page.ts',
        output: { entryFileNames: 'page.js' },
        external: ['node:crypto'],
      },
    },
  });
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    try {
      response.setHeader('content-type', name === '' ? 'text/html' : 'text/javascript');
      response.end(
        name === ''
          ? '<!doctype html><title>bench</title><script type="module" src="page.js"></script>'
          : readFileSync(join(folder, name)),
      );
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const browser = await (name === 'chromium' ? chromium.launch(chromiumLaunch) : firefox.launch(firefoxLaunch));
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    page.on('console', (message) => {
      const text = message.text();
      if (text.startsWith('row ')) report(JSON.parse(text.slice(4)) as Row);
      else if (message.type() === 'error') console.error(text);
    });
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/#${name},${encodeURIComponent(only)}`);
    const handle = await page.waitForFunction(() => (globalThis as { benchRows?: Row[] }).benchRows, undefined, {
      timeout: 3_600_000,
    });
    return { rows: (await handle.jsonValue()) as Row[], version: `${name} ${browser.version()}` };
  } finally {
    await browser.close();
    server.close();
  }
}
