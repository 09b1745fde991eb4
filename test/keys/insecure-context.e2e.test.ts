// Places where keys cannot live: plain http, sandboxed frames, private windows. Each is a typed error or works; none hangs.
import { assert } from 'chai';
import { chromium, firefox } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

let server: PageServer;
beforeAll(async () => {
  server = await servePages();
});
afterAll(() => server.close());

const tryToOpen = async (name: string): Promise<{ code: string; message: string }> => {
  try {
    const kms = await keyhaven.openKms({ name });
    const KeyId = (await kms.createKey()).KeyMetadata.KeyId;
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: new Uint8Array([7]) });
    kms.destroy();
    const again = await keyhaven.openKms({ name });
    const { Plaintext } = await again.decrypt({ CiphertextBlob });
    return { code: Plaintext[0] === 7 ? 'works' : 'wrong plaintext', message: '' };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code: code ?? 'untyped', message };
  }
};

describe('plain http', () => {
  test('is InsecureContext, which names the origin and says what to do', async () => {
    const browser = await chromium.launch({
      ...chromiumLaunch,
      args: [...(chromiumLaunch.args ?? []), '--host-resolver-rules=MAP insecure.test 127.0.0.1'],
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://insecure.test:${server.port}`);
      await page.waitForFunction(() => 'keyhaven' in globalThis);
      const { code, message } = await page.evaluate(tryToOpen, 'insecure');
      assert.equal(code, 'InsecureContext');
      assert.include(message, `http://insecure.test:${server.port}`);
      assert.match(message, /https/);
    } finally {
      await browser.close();
    }
  });
});

describe('blocked storage', () => {
  for (const [name, launch] of [
    ['Chromium', () => chromium.launch(chromiumLaunch)],
    ['Firefox', () => firefox.launch(firefoxLaunch)],
  ] as const) {
    test(`of a sandboxed frame in ${name} is StoreUnavailable`, async () => {
      const browser = await launch();
      try {
        const page = await browser.newPage();
        await page.goto(server.origin);
        await page.evaluate((origin) => {
          const frame = document.createElement('iframe');
          frame.sandbox.add('allow-scripts');
          frame.src = origin;
          document.body.append(frame);
        }, server.origin);
        await page.waitForFunction(() => document.querySelector('iframe') !== null);
        const frame = await waitForFrame(() => page.frames()[1]);
        await frame.waitForFunction(() => 'keyhaven' in globalThis);
        const { code, message } = await frame.evaluate(tryToOpen, 'sandboxed');
        assert.equal(code, 'StoreUnavailable', message);
      } finally {
        await browser.close();
      }
    });
  }
});

describe('a private window', () => {
  test('in Chromium keeps keys as long as it is open', async () => {
    const browser = await chromium.launch(chromiumLaunch);
    try {
      // Playwright's contexts are off the record.
      const page = await (await browser.newContext()).newPage();
      await page.goto(server.origin);
      await page.waitForFunction(() => 'keyhaven' in globalThis);
      assert.equal((await page.evaluate(tryToOpen, 'private')).code, 'works');
    } finally {
      await browser.close();
    }
  });

  test('in Firefox works, or says with a typed error that it does not', async () => {
    const browser = await firefox.launch({
      ...firefoxLaunch,
      firefoxUserPrefs: { 'browser.privatebrowsing.autostart': true },
    });
    try {
      const page = await browser.newPage();
      await page.goto(server.origin);
      await page.waitForFunction(() => 'keyhaven' in globalThis);
      const { code } = await page.evaluate(tryToOpen, 'private');
      assert.include(['works', 'KeysNotKept', 'StoreUnavailable'], code);
    } finally {
      await browser.close();
    }
  });
});

async function waitForFrame<T>(find: () => T | undefined): Promise<T> {
  for (let i = 0; i < 100; i++) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('There is no frame.');
}
