// Passkeys with Chromium's virtual authenticator: enrolled, used, and in every way not usable.
import { assert } from 'chai';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import type {} from '../pages/unlock/page.ts';
import { chromiumLaunch } from '../runtimes/browsers.ts';
import { type PageServer, servePages } from '../support/page-server.ts';
import { addAuthenticator } from '../support/virtual-authenticator.ts';

let server: PageServer;
let browser: Browser;
let page: Page;
let cdp: CDPSession;
beforeAll(async () => {
  server = await servePages();
  browser = await chromium.launch(chromiumLaunch);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});
beforeEach(async () => {
  const context = await browser.newContext();
  page = await context.newPage();
  cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  await visit();
});
afterEach(() => page.context().close());

async function visit(): Promise<void> {
  await page.goto(`${server.origin}/unlock/`);
  await page.waitForFunction(() => 'vault' in globalThis);
}

const plugIn = (options: Parameters<typeof addAuthenticator>[1] = {}): Promise<string> =>
  addAuthenticator(cdp, options);

/** A locked keyring that a passkey and a recovery code open; gives the code, and a ciphertext. */
const found = () =>
  page.evaluate(async () => {
    const code = vault.newRecoveryCode();
    const kms = await vault.openKms({ mode: 'locked', slots: [vault.passkey(), vault.recoveryCode(code)] });
    const { KeyMetadata } = await kms.createKey();
    const { CiphertextBlob } = await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: new Uint8Array([1, 2, 3]) });
    return { code, blob: [...CiphertextBlob] };
  });

/** Unlocks with a passkey after a reload, and decrypts; or the error. */
const unlockAndOpen = (blob: number[]) =>
  page.evaluate(async (blob) => {
    try {
      const kms = await vault.openKms();
      await kms.unlock(vault.passkey({ timeout: 2000 }));
      return [...(await kms.decrypt({ CiphertextBlob: new Uint8Array(blob) })).Plaintext].join();
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  }, blob);

const unlockByCode = (code: string, blob: number[]) =>
  page.evaluate(
    async ([code, blob]) => {
      const kms = await vault.openKms({ unlock: vault.recoveryCode(code) });
      return [...(await kms.decrypt({ CiphertextBlob: new Uint8Array(blob) })).Plaintext].join();
    },
    [code, blob] as const,
  );

describe('a passkey', () => {
  test('unlocks after a reload, and the recovery code beside it', async () => {
    await plugIn();
    const { code, blob } = await found();
    await visit();
    assert.equal(await unlockAndOpen(blob), '1,2,3');
    await visit();
    assert.equal(await unlockByCode(code, blob), '1,2,3');
  });

  test('is verified by a second assertion before it counts', async () => {
    const id = await plugIn();
    const asked: string[] = [];
    cdp.on('WebAuthn.credentialAdded', () => asked.push('made'));
    cdp.on('WebAuthn.credentialAsserted', () => asked.push('asserted'));
    await found();
    await visit();
    assert.deepEqual(asked, ['made', 'asserted']);
    assert.equal((await cdp.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials.length, 1);
  });

  test('on an authenticator without PRF gets no slot, and nothing is made', async () => {
    await plugIn({ hasPrf: false });
    const error = await page.evaluate(async () => {
      const name = 'without';
      const slots = [vault.passkey()];
      const first = await vault
        .openKms({ name, mode: 'locked', slots })
        .catch((each: Error) => `${each.name}: ${each.message}`);
      const kms = await vault.openKms({ name });
      const later = await kms.upgrade({ to: 'locked', slots }).catch((each: Error) => each.name);
      return { first, later, mode: (await kms.protection()).mode };
    });
    assert.match(String(error.first), /^UnlockUnavailable: .*PRF/);
    assert.deepInclude(error, { later: 'UnlockUnavailable', mode: 'device' });
  });

  test('that is refused, or is not on this device, unlocks nothing and loses nothing', async () => {
    const id = await plugIn();
    const { code, blob } = await found();
    await visit();
    assert.equal(await unlockAndOpen(blob), '1,2,3');
    await visit();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false });
    assert.match(await unlockAndOpen(blob), /^UnlockUnavailable: The passkey was refused/);
    assert.equal(await unlockByCode(code, blob), '1,2,3');
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id });
    await plugIn();
    await visit();
    assert.match(await unlockAndOpen(blob), /^UnlockUnavailable/);
    assert.equal(await unlockByCode(code, blob), '1,2,3');
  });

  test('whose secret changed opens no slot', async () => {
    const id = await plugIn();
    const { code, blob } = await found();
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id });
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id });
    const other = await plugIn();
    // The same credential with the same signing key: what a bad copy of a passkey is.
    for (const credential of credentials)
      await cdp.send('WebAuthn.addCredential', { authenticatorId: other, credential });
    await visit();
    assert.match(await unlockAndOpen(blob), /^Unlock(Failed|Unavailable)/);
    assert.equal(await unlockByCode(code, blob), '1,2,3');
  });

  test('of two is asked for once, and each of them unlocks', async () => {
    const id = await plugIn();
    const { blob } = await found();
    const slots = await page.evaluate(async () => {
      const kms = await vault.openKms({ unlock: vault.passkey() });
      await kms.slots.add(vault.passkey({ label: 'second' }), { by: vault.passkey() });
      return (await kms.slots.list()).map(({ kind, label }) => `${kind} ${label}`).sort();
    });
    assert.deepEqual(slots, ['passkey passkey', 'passkey second', 'recovery-code recovery code']);
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id });
    for (const { credentialId } of credentials) {
      await visit();
      await page.evaluate(() => {
        const { credentials } = navigator;
        const get = credentials.get.bind(credentials);
        const counted = globalThis as { asked?: number };
        credentials.get = (options) => {
          counted.asked = (counted.asked ?? 0) + 1;
          return get(options);
        };
      });
      assert.equal(await unlockAndOpen(blob), '1,2,3');
      assert.equal(await page.evaluate(() => (globalThis as { asked?: number }).asked), 1);
      // Only the other one is left for the next turn.
      await cdp.send('WebAuthn.removeCredential', { authenticatorId: id, credentialId });
    }
    assert.match(await unlockAndOpen(blob), /^UnlockUnavailable/);
  });
});
