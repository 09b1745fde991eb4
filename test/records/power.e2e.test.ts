// A browser that is killed in the middle of a walk over all records loses none of them; and what lies on the disk.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { encodings, scan } from '../demo/profile-scan.ts';
import { startChromium } from '../support/killable-chromium.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const kills = 6;
const count = 300;
const name = 'power-records';

let server: PageServer;
let profile: string;
beforeAll(async () => {
  server = await servePages();
  profile = mkdtempSync(join(tmpdir(), 'keyhaven-records-'));
});
afterAll(async () => {
  await server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

describe('a browser that is killed', () => {
  test(`${kills} times while it rewraps ${count} records keeps every one of them, and no plaintext is on the disk`, async () => {
    const first = await startChromium(profile, server.origin);
    const keyId = await first.page.evaluate(async (shared) => {
      const { records, keyId } = await keyhaven.records.openShared(shared);
      records.close();
      return keyId;
    }, name);
    await first.page.evaluate(([n, k, c]) => keyhaven.records.fill(n, k, c), [name, keyId, count] as const);
    await sleep(200);
    await first.kill();
    let steps = 0;
    for (let round = 0; round < kills; round++) {
      const { page, kill } = await startChromium(profile, server.origin);
      const whole = await page.evaluate(([n, k]) => keyhaven.records.countWhole(n, k), [name, keyId] as const);
      assert.equal(whole, count, `round ${round}`);
      page.on('console', (message) => {
        if (message.text().startsWith('rewrapped')) steps++;
      });
      await page.evaluate(([n, k]) => void keyhaven.records.rewrapOnAndOn(n, k), [name, keyId] as const);
      await sleep(150 + Math.random() * 200);
      await kill();
    }
    const { page, kill } = await startChromium(profile, server.origin);
    assert.equal(await page.evaluate(([n, k]) => keyhaven.records.countWhole(n, k), [name, keyId] as const), count);
    await kill();
    assert.isAbove(steps, 0, 'walks were under way');
    assert.deepEqual(scan(profile, encodings('a record', 'plaintext-marker')).found, []);
  }, 120_000);
});
