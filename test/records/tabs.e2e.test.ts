// Several tabs count one encrypted record up, each step read, opened, changed, sealed and written in one transaction: no step is
// lost, in any browser.
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from 'chai';
import { type Browser, chromium, firefox } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';
import { WebKitDriver } from '../runtimes/webkit-driver.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const tabs = 4;
const times = 1000;
const name = 'counting';

let server: PageServer;
beforeAll(async () => {
  server = await servePages();
});
afterAll(() => server.close());

const browsers: [string, () => Promise<Browser>][] = [
  ['Chromium', () => chromium.launch(chromiumLaunch)],
  ['Firefox', () => firefox.launch(firefoxLaunch)],
];

describe(`${tabs} tabs that count one record up ${times} times each`, () => {
  for (const [browserName, launch] of browsers) {
    test(`in ${browserName} lose no step`, async () => {
      const browser = await launch();
      try {
        const context = await browser.newContext();
        const pages = await Promise.all(
          Array.from({ length: tabs }, async () => {
            const page = await context.newPage();
            await page.goto(server.origin);
            await page.waitForFunction(() => 'keyhaven' in globalThis);
            return page;
          }),
        );
        const keyId = await pages[0]!.evaluate(async (shared) => {
          const { records, keyId } = await keyhaven.records.openShared(shared);
          records.close();
          return keyId;
        }, name);
        const counts = await Promise.all(
          pages.map((page) =>
            page.evaluate(([shared, key, n]) => keyhaven.records.countUp(shared, key, n), [
              name,
              keyId,
              times,
            ] as const),
          ),
        );
        assert.equal(Math.max(...counts), tabs * times);
        assert.isAbove(new Set(counts).size, 1, 'they did count at the same time');
      } finally {
        await browser.close();
      }
    });
  }

  test('in WebKit lose no step', async () => {
    const driver = new WebKitDriver();
    await driver.start();
    try {
      const run = (script: string, ...args: unknown[]) => driver.send('POST', '/execute/sync', { script, args });
      const later = (script: string, ...args: unknown[]) =>
        driver.send('POST', '/execute/async', {
          script: `const done = arguments[arguments.length - 1]; ${script}`,
          args,
        });
      const ready = async () => {
        await driver.send('POST', '/url', { url: server.origin });
        while (!(await run('return "keyhaven" in globalThis'))) await sleep(20);
      };
      const handles = (await driver.send('GET', '/window/handles')) as string[];
      while (handles.length < tabs) {
        const { handle } = (await driver.send('POST', '/window/new', { type: 'tab' })) as { handle: string };
        handles.push(handle);
      }
      for (const handle of handles) {
        await driver.send('POST', '/window', { handle });
        await ready();
      }
      const keyId = await later(
        `keyhaven.records.openShared(arguments[0]).then(({ records, keyId }) => { records.close(); done(keyId); });`,
        name,
      );
      for (const handle of handles) {
        await driver.send('POST', '/window', { handle });
        await run(
          `globalThis.counting = keyhaven.records.countUp(...arguments).then((n) => (globalThis.counted = n), (e) => (globalThis.counted = String(e)));`,
          name,
          keyId,
          times,
        );
      }
      const counts: unknown[] = [];
      for (const handle of handles) {
        await driver.send('POST', '/window', { handle });
        let count: unknown = null;
        while (count === null) {
          count = await run('return globalThis.counted ?? null');
          await sleep(50);
        }
        counts.push(count);
      }
      assert.equal(Math.max(...counts.map(Number)), tabs * times, JSON.stringify(counts));
      assert.isAbove(new Set(counts).size, 1, 'they did count at the same time');
    } finally {
      await driver.close();
    }
  });
});
