// Power (threat model, item 18): a Chromium process is killed at random points of adding, replacing and removing slots, of moving from mode
// to mode, and of taking a backup. Whatever was under way, the recovery code opens the keyring, and every ciphertext opens.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Sealed } from '../pages/unlock/changes.ts';
import type {} from '../pages/unlock/page.ts';
import { startChromium } from '../support/killable-chromium.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const kills = 15;

let server: PageServer;
let profile: string;
beforeAll(async () => {
  server = await servePages();
  profile = mkdtempSync(join(tmpdir(), 'keyhaven-unlock-power-'));
});
afterAll(async () => {
  await server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

describe('a browser that is killed', () => {
  test(`${kills} times while the root changes leaves a keyring that the recovery code opens`, async () => {
    let sealed: Sealed[] = [];
    let [sealedInAll, thrownAway] = [0, 0];
    const modes = new Set<string>();
    let code = '';
    const [old, next] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    for (let round = 0; round < kills; round++) {
      const running = await startChromium(profile, `${server.origin}/unlock/`, 'vault');
      const { page } = running;
      const databases = await page.evaluate(() => indexedDB.databases());
      if (sealed.length > 0 && databases.length === 0) {
        // Chromium does so when a kill has hurt its quotas; keyhaven never removes a database. On with a new keyring.
        thrownAway++;
        await page.evaluate(() => localStorage.clear());
        [code, sealed] = ['', []];
      }
      if (code === '')
        code = await page.evaluate(async () => {
          const made = vault.newRecoveryCode();
          await vault.openKms({ name: 'changes', mode: 'locked', slots: [vault.recoveryCode(made)] });
          return made;
        });
      const seen = await page.evaluate(([code, sealed]) => vault.look(code, sealed), [code, sealed] as const);
      assert.deepEqual(seen.faults, [], `round ${round}, ${seen.mode}`);
      assert.isAtLeast(seen.keys, sealed.length, `round ${round}`);
      assert.equal(seen.slots.includes('device'), seen.mode === 'recoverable', `round ${round}`);
      assert.include(seen.slots, 'recovery-code', `round ${round}`);
      modes.add(seen.mode);
      await page.exposeFunction('tellSealed', (each: Sealed) => {
        sealed.push(each);
        sealedInAll++;
      });
      await page.evaluate(
        (secrets) => {
          const { tellSealed } = globalThis as unknown as { tellSealed(sealed: unknown): void };
          void vault.changeOnAndOn(secrets, tellSealed);
        },
        { code, old, next },
      );
      await sleep(50 + Math.random() * 400);
      await running.kill();
    }
    if (thrownAway > 0) console.log(`Chromium threw the whole origin away ${thrownAway} times of ${kills}`);
    assert.isBelow(thrownAway, kills / 5, 'rounds that counted');
    assert.isAbove(sealedInAll, kills / 2, 'keys were made');
    assert.sameMembers([...modes], ['locked', 'recoverable'], 'both modes were seen');
  }, 300_000);
});
