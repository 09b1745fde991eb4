// A Chromium process of our own, on a profile that stays, so that it can be killed as a power cut would.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright';
import { chromiumLaunch } from '../runtimes/browsers.ts';

export interface Running {
  page: Page;
  kill(): Promise<void>;
}

/**
 * Starts it, and opens a page of test/pages.
 * @param ready name of the global that tells that the page's script has run
 */
export async function startChromium(profile: string, address: string, ready = 'keyhaven'): Promise<Running> {
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
  await page.goto(address);
  await page.waitForFunction((name) => name in globalThis, ready);
  await whenDatabasesOpen(page);
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

/** After a kill Chromium sometimes answers "Internal error opening backing store" at first, and opens it when asked again. */
async function whenDatabasesOpen(page: Page): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await page.evaluate(() => indexedDB.databases());
      return;
    } catch (error) {
      if (attempt === 40) throw error;
      await sleep(250);
    }
  }
}

/** True where Chromium itself had thrown the origin's databases away before this start: it does so when a kill has hurt its quotas. */
export function hasThrownAway(profile: string): boolean {
  const databases = join(profile, 'Default', 'IndexedDB');
  const logs = readdirSync(databases, { recursive: true }).filter((file) => String(file).endsWith('/LOG'));
  return logs.some((file) => readFileSync(join(databases, String(file)), 'utf8').includes('since it was missing'));
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}
