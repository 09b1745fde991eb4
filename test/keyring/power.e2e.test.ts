// Power (threat model, item 18): a Chromium process is killed at random points of create and of delete, 50 times, and started
// again on the same profile. Each key is old or new, never neither, and every ciphertext made before still opens.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Made } from '../pages/power.ts';
import { startChromium } from '../support/killable-chromium.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const kills = 50;

let server: PageServer;
let profile: string;
beforeAll(async () => {
  server = await servePages();
  profile = mkdtempSync(join(tmpdir(), 'keyhaven-power-'));
});
afterAll(async () => {
  await server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

describe('a browser that is killed', () => {
  test(`${kills} times during create and delete leaves each key whole or gone`, async () => {
    let made: Made[] = [];
    let [madeInAll, thrownAway] = [0, 0];
    const deleted = new Set<string>();
    let begun: string[] = [];
    for (let round = 0; round < kills; round++) {
      const running = await startChromium(profile, server.origin);
      const { page } = running;
      const databases = await page.evaluate(() => indexedDB.databases());
      if (made.length > 0 && databases.length === 0) {
        // Chromium does so when a kill has hurt its quotas; keyhaven never removes a database. On with a new profile.
        thrownAway++;
        await running.kill();
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
        [made, begun] = [[], []];
        continue;
      }
      const found = await page.evaluate((known) => keyhaven.checkAll(known), made);
      assert.deepEqual(found.faults, [], `round ${round}`);
      for (const { keyId } of made) {
        if (deleted.has(keyId)) assert.notProperty(found.keys, keyId, `round ${round}: deleted and back`);
        else if (!begun.includes(keyId)) assert.property(found.keys, keyId, `round ${round}: lost`);
      }
      // What had begun to go is gone or whole; from here on only what is there counts.
      for (const keyId of begun) if (!(keyId in found.keys)) deleted.add(keyId);
      begun = [];
      await page.exposeFunction('tellMade', (each: Made) => {
        made.push(each);
        madeInAll++;
      });
      await page.exposeFunction('tellDeleted', (keyId: string) => deleted.add(keyId));
      const isDeleting = round % 2 === 1;
      if (isDeleting) {
        begun = made
          .map(({ keyId }) => keyId)
          .filter((keyId) => !deleted.has(keyId))
          .slice(0, 12);
        await page.evaluate((keys) => {
          const { tellDeleted } = globalThis as unknown as { tellDeleted(keyId: string): void };
          void keyhaven.deleteOnAndOn(keys, tellDeleted);
        }, begun);
      } else {
        await page.evaluate(() => {
          const { tellMade } = globalThis as unknown as { tellMade(made: unknown): void };
          void keyhaven.createOnAndOn(tellMade);
        });
      }
      await sleep(Math.random() * 250);
      await running.kill();
    }
    if (thrownAway > 0) console.log(`Chromium threw the whole origin away ${thrownAway} times of ${kills}`);
    assert.isBelow(thrownAway, kills / 5, 'rounds that counted');
    assert.isAbove(madeInAll, kills, 'keys were made');
    assert.isAbove(deleted.size, 10, 'keys were deleted');
  }, 600_000);
});
