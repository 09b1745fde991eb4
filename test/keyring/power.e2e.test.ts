// Power (threat model, item 18): a Chromium process is killed at random points of create and of delete, 50 times, and started
// again on the same profile. Each key is old or new, never neither, and every ciphertext made before still opens.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from 'chai';
import { chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Made } from '../pages/power.ts';
import { chromiumLaunch } from '../runtimes/browsers.ts';
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

interface Running {
  page: Page;
  kill(): Promise<void>;
}

/** Starts a browser of our own, so that its process can be killed as a power cut would. */
async function start(): Promise<Running> {
  const args = [
    ...(chromiumLaunch.args ?? []),
    '--headless=new',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ];
  const child: ChildProcess = spawn(chromiumLaunch.executablePath as string, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.on('exit', () => reject(new Error(`Chromium did not start: ${text}`)));
  });
  const browser = await chromium.connectOverCDP(endpoint);
  const page = await (browser.contexts()[0] ?? (await browser.newContext())).newPage();
  await page.goto(server.origin);
  await page.waitForFunction(() => 'keyhaven' in globalThis);
  return {
    page,
    async kill() {
      process.kill(-(child.pid as number), 'SIGKILL');
      // A power cut ends all processes at once; here the last of them must have let go of the profile before the next start.
      while (isGroupAlive(child.pid as number)) await sleep(10);
      await browser.close().catch(() => {});
    },
  };
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a browser that is killed', () => {
  test(`${kills} times during create and delete leaves each key whole or gone`, async () => {
    const made: Made[] = [];
    const deleted = new Set<string>();
    let begun: string[] = [];
    for (let round = 0; round < kills; round++) {
      const running = await start();
      const { page } = running;
      const found = await page.evaluate((known) => keyhaven.checkAll(known), made);
      assert.deepEqual(found.faults, [], `round ${round}`);
      for (const { keyId } of made) {
        if (deleted.has(keyId)) assert.notProperty(found.keys, keyId, `round ${round}: deleted and back`);
        else if (!begun.includes(keyId)) assert.property(found.keys, keyId, `round ${round}: lost`);
      }
      // What had begun to go is gone or whole; from here on only what is there counts.
      for (const keyId of begun) if (!(keyId in found.keys)) deleted.add(keyId);
      begun = [];
      await page.exposeFunction('tellMade', (each: Made) => made.push(each));
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
    assert.isAbove(made.length, kills, 'keys were made');
    assert.isAbove(deleted.size, 10, 'keys were deleted');
  }, 600_000);
});
