// Runs a suite in a page of a real browser: bundled by Vite, served with the headers of cross-origin isolation (clocks are
// five microseconds fine only then), driven by Playwright.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
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
      // Preloading wants a document, which a worker has not.
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: {
        input: { page: 'bench/harness/page.ts', host: 'bench/harness/host.ts' },
        output: { entryFileNames: '[name].js' },
        external: ['node:crypto'],
      },
    },
  });
  // The same files on two origins: what is in a frame is on the other one.
  const [server, other] = [await serve(), await serve()];
  const browser = await (name === 'chromium' ? chromium.launch(chromiumLaunch) : firefox.launch(firefoxLaunch));
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    page.on('console', (message) => {
      const text = message.text();
      if (text.startsWith('row ')) report(JSON.parse(text.slice(4)) as Row);
      else if (message.type() === 'error') console.error(text);
    });
    await page.goto(`http://localhost:${portOf(server)}/?other=${portOf(other)}#${name},${encodeURIComponent(only)}`);
    const handle = await page.waitForFunction(() => (globalThis as { benchRows?: Row[] }).benchRows, undefined, {
      timeout: 3_600_000,
    });
    return { rows: (await handle.jsonValue()) as Row[], version: `${name} ${browser.version()}` };
  } finally {
    await browser.close();
    server.close();
    other.close();
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Serves the bundle: `/` is the page of a suite, `/host` that of a frame. */
function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    const script = { '': 'page.js', host: 'host.js' }[name];
    try {
      response.setHeader('content-type', script === undefined ? 'text/javascript' : 'text/html');
      response.end(
        script === undefined
          ? readFileSync(join(folder, name))
          : `<!doctype html><title>bench</title><script type="module" src="${script}"></script>`,
      );
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}
