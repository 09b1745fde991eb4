// A browser that is killed in the middle of a walk over all records loses none of them; and what lies on the disk.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from 'chai';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { encodings, scan } from '../demo/profile-scan.ts';
import { hasThrownAway, startChromium } from '../support/killable-chromium.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const kills = 6;
const count = 300;
const name = 'power-records';
const marker = `marker-${randomUUID()}`;

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

async function fill(page: Page): Promise<string> {
  const keyId = await page.evaluate(async (shared) => {
    const { records, keyId } = await keyhaven.records.openShared(shared);
    records.close();
    return keyId;
  }, name);
  await page.evaluate(([n, k, c, m]) => keyhaven.records.fill(n, k, c, m), [name, keyId, count, marker] as const);
  return keyId;
}

describe('a browser that is killed', () => {
  test(`${kills} times while it rewraps ${count} records keeps every one of them, and no plaintext is on the disk`, async () => {
    const first = await startChromium(profile, server.origin);
    let keyId = await fill(first.page);
    await sleep(200);
    await first.kill();
    let [steps, whole, cleared] = [0, 0, 0];
    for (let round = 0; round < kills; round++) {
      const { page, kill } = await startChromium(profile, server.origin);
      const found = await page.evaluate(([n, k, m]) => keyhaven.records.countWhole(n, k, m), [
        name,
        keyId,
        marker,
      ] as const);
      if (found === 0 && hasThrownAway(profile)) {
        cleared++;
        keyId = await fill(page);
      } else {
        assert.equal(found, count, `round ${round}`);
        whole++;
      }
      page.on('console', (message) => {
        if (message.text().startsWith('rewrapped')) steps++;
      });
      await page.evaluate(([n, k]) => void keyhaven.records.rewrapOnAndOn(n, k), [name, keyId] as const);
      await sleep(150 + Math.random() * 200);
      await kill();
    }
    if (cleared > 0)
      console.log(`Chromium threw the whole origin away ${cleared} times of ${kills}, and was not counted`);
    assert.isAbove(whole, kills / 2);
    assert.isAbove(steps, 0, 'walks were under way');
    assert.deepEqual(scan(profile, encodings('a record', marker)).found, []);
  }, 300_000);
});

describe('a key that was deleted', () => {
  test('takes exactly its records with it, also for who reads the disk in another browser process', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyhaven-deleted-'));
    try {
      const first = await startChromium(folder, server.origin);
      const { kept } = await first.page.evaluate(([n, m]) => keyhaven.records.writeAndDelete(n, m), [
        'deleted',
        marker,
      ] as const);
      await sleep(200);
      await first.kill();
      assert.deepEqual(scan(folder, encodings('a record', marker)).found, []);
      const { page, kill } = await startChromium(folder, server.origin);
      const read = await page.evaluate(([n, k]) => keyhaven.records.readEach(n, k), ['deleted', kept] as const);
      await kill();
      assert.deepEqual([read['k1'], read['k2']], [`${marker} 1`, `${marker} 2`]);
      for (const key of ['g1', 'g2']) assert.equal(read[key], 'AccessDeniedException');
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }, 300_000);
});
