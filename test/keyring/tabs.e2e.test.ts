// Several tabs (threat model, item 17): 8 pages of one origin change the same keys at the same time, without locks. No key is
// lost, and nothing has two winners.
import { assert } from 'chai';
import { type Browser, type BrowserContext, chromium, firefox } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { HammerReport } from '../pages/hammer.ts';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const pageCount = 8;
const rounds = 25;
const name = 'hammer';

let server: PageServer;
beforeAll(async () => {
  server = await servePages();
});
afterAll(() => server.close());

async function openPages(context: BrowserContext) {
  return Promise.all(
    Array.from({ length: pageCount }, async () => {
      const page = await context.newPage();
      await page.goto(server.origin);
      await page.waitForFunction(() => 'keyhaven' in globalThis);
      return page;
    }),
  );
}

const browsers: [string, () => Promise<Browser>][] = [
  ['Chromium', () => chromium.launch(chromiumLaunch)],
  ['Firefox', () => firefox.launch(firefoxLaunch)],
];

describe('eight tabs', () => {
  for (const [browserName, launch] of browsers) {
    test(`in ${browserName} lose no key and have no two winners`, async () => {
      const browser = await launch();
      try {
        const pages = await openPages(await browser.newContext());
        const first = pages[0]!;
        const shared = await first.evaluate(async (name) => {
          const kms = await keyhaven.openKms({ name });
          const keys: string[] = [];
          for (let i = 0; i < 4; i++) keys.push((await kms.createKey()).KeyMetadata.KeyId);
          await kms.createAlias({ AliasName: 'alias/hot', TargetKeyId: keys[0] });
          return keys;
        }, name);

        const reports: HammerReport[] = await Promise.all(
          pages.map((page, index) =>
            page.evaluate((plan) => keyhaven.hammer(plan), { name, page: index, shared, rounds }),
          ),
        );

        assert.deepEqual(
          reports.flatMap(({ surprises }) => surprises),
          [],
        );
        const winners = reports.flatMap(({ aliases }) => aliases).sort();
        assert.deepEqual(
          winners,
          Array.from({ length: rounds }, (_, i) => `alias/round-${i}`).sort(),
          'one winner for each alias',
        );
        assert.deepEqual(
          reports.flatMap(({ scheduled }) => scheduled).sort(),
          [...shared].sort(),
          'one winner for each deletion',
        );

        const after = await first.evaluate(
          async ({ name, keys }) => {
            const kms = await keyhaven.openKms({ name });
            const listed = (await kms.listKeys({ Limit: 1000 })).Keys.map(({ KeyId }) => KeyId);
            const aliases = (await kms.listAliases({ Limit: 100 })).Aliases.map(({ AliasName, TargetKeyId }) => [
              AliasName,
              TargetKeyId,
            ]);
            const byKey: [string, string][] = [];
            for (const KeyId of listed) {
              for (const { AliasName } of (await kms.listAliases({ KeyId, Limit: 100 })).Aliases)
                byKey.push([AliasName, KeyId]);
            }
            const opened: string[] = [];
            for (const { blob } of keys) {
              opened.push(
                new TextDecoder().decode((await kms.decrypt({ CiphertextBlob: new Uint8Array(blob) })).Plaintext),
              );
            }
            return { listed, aliases, byKey: byKey.sort(), opened };
          },
          { name, keys: reports.flatMap(({ keys }) => keys) },
        );

        const own = reports.flatMap(({ keys }) => keys.map(({ keyId }) => keyId));
        assert.deepEqual(after.listed, [...shared, ...own].sort(), 'every key that was made is there');
        assert.deepEqual(after.opened, own, 'every ciphertext opens');
        assert.deepEqual(after.byKey, after.aliases.sort(), 'aliases and keys agree on each other');
        assert.equal(after.aliases.length, rounds + 1);
      } finally {
        await browser.close();
      }
    });
  }
});
