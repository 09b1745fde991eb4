// One trail over many tabs (threat model, items 17 and 30): 8 pages of one origin write to it at the same time, in one sequence
// without gaps; and a page that is left has written what it did.
import { assert } from 'chai';
import { type Browser, chromium, type Frame, firefox, type Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const pageCount = 8;
const rounds = 12;

let server: PageServer;
beforeAll(async () => {
  server = await servePages();
});
afterAll(() => server.close());

const browsers: [string, () => Promise<Browser>][] = [
  ['Chromium', () => chromium.launch(chromiumLaunch)],
  ['Firefox', () => firefox.launch(firefoxLaunch)],
];

async function open(page: Page): Promise<Page> {
  await page.goto(server.origin);
  await page.waitForFunction(() => 'keyhaven' in globalThis);
  return page;
}

/** What the encryption contexts and descriptions of all records say, the oldest first. */
const contents = (page: Page | Frame, name: string) =>
  page.evaluate(async (name) => {
    const kms = await keyhaven.openKms({ name });
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const events = await kms.trail.lookup({ NextToken });
      for (const { CloudTrailEvent } of events.Events) {
        const { requestParameters, errorCode } = JSON.parse(CloudTrailEvent);
        const by = requestParameters?.encryptionContext?.by ?? requestParameters?.description;
        if (by !== undefined && errorCode === undefined) found.push(by);
      }
      NextToken = events.NextToken;
    } while (NextToken !== undefined);
    return { found: found.reverse(), report: await kms.trail.verify() };
  }, name);

describe('the trail', () => {
  for (const [browserName, launch] of browsers) {
    test(`of eight tabs in ${browserName} has no gap, and every call once`, async () => {
      const browser = await launch();
      const name = 'trail-tabs';
      try {
        const context = await browser.newContext();
        const pages = await Promise.all(Array.from({ length: pageCount }, async () => open(await context.newPage())));
        const first = pages[0] as Page;
        const KeyId = await first.evaluate(
          async (name) => (await (await keyhaven.openKms({ name })).createKey()).KeyMetadata.KeyId,
          name,
        );
        await Promise.all(
          pages.map((page, index) =>
            page.evaluate(
              async ({ name, KeyId, index, rounds }) => {
                const kms = await keyhaven.openKms({ name });
                for (let round = 0; round < rounds; round++) {
                  const by = `${index}/${round}`;
                  const calls = [0, 1, 2].map((i) =>
                    kms.encrypt({ KeyId, Plaintext: new Uint8Array(8), EncryptionContext: { by: `${by}/${i}` } }),
                  );
                  await Promise.all(calls);
                  await kms.updateKeyDescription({ KeyId, Description: by });
                }
                await kms.trail.flush();
              },
              { name, KeyId, index, rounds },
            ),
          ),
        );
        const { found, report } = await contents(first, name);
        const count = pageCount * rounds * 4;
        assert.deepEqual(report, { isIntact: true, findings: [], first: 1, last: 1 + count, anchor: 'none' });
        assert.lengthOf(found, count);
        assert.equal(new Set(found).size, count);
        for (let index = 0; index < pageCount; index++) {
          const own = found.filter((by) => by.startsWith(`${index}/`) && by.split('/').length === 2);
          assert.deepEqual(
            own,
            Array.from({ length: rounds }, (_, round) => `${index}/${round}`),
            'each tab in its own order',
          );
        }
      } finally {
        await browser.close();
      }
    });

    test(`in ${browserName} has what a page did before it was left, closed or not`, async () => {
      const browser = await launch();
      const name = 'trail-left';
      try {
        const context = await browser.newContext();
        const looking = await open(await context.newPage());
        const KeyId = await looking.evaluate(
          async (name) => (await (await keyhaven.openKms({ name })).createKey()).KeyMetadata.KeyId,
          name,
        );
        const ends: [string, (page: Page) => Promise<unknown>][] = [
          ['navigated', (page) => page.goto('about:blank')],
          ['reloaded', (page) => page.reload()],
          ['closed', (page) => page.close({ runBeforeUnload: true })],
        ];
        for (const [by, end] of ends) {
          const page = await open(await context.newPage());
          await page.evaluate(
            async ({ name, KeyId, by }) => {
              const kms = await keyhaven.openKms({ name });
              await kms.encrypt({ KeyId, Plaintext: new Uint8Array(8), EncryptionContext: { by: 'warm' } });
              await kms.trail.flush();
              // Left in the very moment when the result is there.
              await kms.encrypt({ KeyId, Plaintext: new Uint8Array(8), EncryptionContext: { by } });
            },
            { name, KeyId, by },
          );
          await end(page);
          let found: string[] = [];
          for (let tries = 0; tries < 20 && !found.includes(by); tries++) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            found = (await contents(looking, name)).found;
          }
          assert.include(found, by);
        }
        assert.isTrue((await contents(looking, name)).report.isIntact);
      } finally {
        await browser.close();
      }
    });

    test(`in ${browserName} has what a page, or a frame, did before it was left while the trail was being written`, async () => {
      const browser = await launch();
      try {
        for (const path of ['/', '/framed/']) {
          const name = `trail-cut${path.replaceAll('/', '-')}`;
          const page = await (await browser.newContext()).newPage();
          await page.goto(server.origin + path);
          const inside = async (): Promise<Frame> => {
            const frame = path === '/' ? page.mainFrame() : page.frames()[1];
            if (frame === undefined) throw new Error('There is no frame.');
            await frame.waitForFunction(() => 'keyhaven' in globalThis);
            return frame;
          };
          const KeyId = await (await inside()).evaluate(
            async (name) => (await (await keyhaven.openKms({ name })).createKey()).KeyMetadata.KeyId,
            name,
          );
          const expected = Array.from({ length: 16 }, (_, i) => `${i}`);
          for (const [i, by] of expected.entries()) {
            // A group is written 50 ms after its first event: a transaction runs in this very moment.
            const wait = 40 + i;
            await (await inside()).evaluate(
              async ({ name, KeyId, by, wait }) => {
                const kms = await keyhaven.openKms({ name });
                await kms.encrypt({ KeyId, Plaintext: new Uint8Array(8), EncryptionContext: { by } });
                await new Promise((resolve) => setTimeout(resolve, wait));
              },
              { name, KeyId, by, wait },
            );
            await page.reload();
          }
          const { found, report } = await contents(await inside(), name);
          assert.deepEqual(found, expected);
          assert.isTrue(report.isIntact);
        }
      } finally {
        await browser.close();
      }
    });
  }
});
