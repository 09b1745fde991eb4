// The vault kept and locked, as a person does it: the guide, the lock, everything lost and back, and a vault from before there was a
// guide. All under the app's own policy.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { addAuthenticator } from '../support/virtual-authenticator.ts';
import { encodings, scan } from './profile-scan.ts';
import { big, png, type SampleFile, sha256 } from './sample-files.ts';
import {
  addFile,
  type BrowserName,
  buildVault,
  makeKey,
  meet,
  type OpenVault,
  openVault,
  readNote,
  removeFolder,
  type Served,
  serveVault,
  temporaryFolder,
  writeNote,
} from './vault-page.ts';

const folder = temporaryFolder('protection');
let served: Served;
let picture: SampleFile;
let large: SampleFile;
beforeAll(async () => {
  await buildVault(`${folder}/dist`);
  served = await serveVault(`${folder}/dist`);
  picture = png(folder);
  large = big(folder, 200_000_000);
});
afterAll(async () => {
  await served?.stop();
  removeFolder(folder);
});

const passphrase = 'four unrelated words here';
const text = 'Under the third stone by the harbour wall.';

/** Takes the guide from its first step to the vault. @returns the recovery code */
async function protect(page: Page, choose: () => Promise<void>): Promise<string> {
  await choose();
  await page.getByRole('button', { name: 'Next: a code for paper' }).click();
  const code = (await page.locator('output.code').textContent()) ?? '';
  await page.getByLabel('Its last five characters').fill('OOOOO');
  await page.getByRole('button', { name: 'Protect the vault' }).click();
  await page.getByText('That is not the last group').waitFor();
  await page.getByLabel('Its last five characters').fill(code.slice(-5).toLowerCase());
  await page.getByRole('button', { name: 'Protect the vault' }).click();
  await page.getByLabel('Name of a new key').waitFor();
  return code;
}

async function fill({ page }: OpenVault, field: string, value: string, button: string): Promise<void> {
  await page.getByLabel(field, { exact: true }).fill(value);
  await page.getByRole('button', { name: button, exact: true }).click();
}

/** Saves a backup, and puts it where a person would: elsewhere. */
async function saveBackup({ page }: OpenVault, name: string): Promise<string> {
  await page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      Object.assign(globalThis, { saved: blob });
      return make(blob);
    };
  });
  await page.getByRole('button', { name: 'Save a backup' }).click();
  await page.getByText('Backed up ').waitFor();
  const base64 = await page.evaluate(async () => {
    const { saved } = globalThis as unknown as { saved: Blob };
    const bytes = new Uint8Array(await saved.arrayBuffer());
    let binary = '';
    for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(binary);
  });
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(base64, 'base64'));
  return path;
}

/** Clears all that the browser stores for the vault, from a page of its origin that is not the vault. */
async function loseEverything({ page }: OpenVault): Promise<void> {
  await page.goto(`${served.url}sw.js`);
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
    for (const { name = '' } of await indexedDB.databases())
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(request.error);
      });
    localStorage.clear();
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await page.goto(served.url);
}

async function restore({ page }: OpenVault, path: string, code: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Backup file').setInputFiles(path);
  await dialog.getByLabel('Recovery code').fill(code);
  await dialog.getByRole('button', { name: 'Restore' }).click();
}

async function assertAllThere(vault: OpenVault, note: string): Promise<void> {
  await vault.page.getByRole('heading', { name: picture.name }).waitFor();
  assert.equal(await readNote(vault, note), text);
  const bytes = await vault.saved(picture.name, picture.length, () =>
    vault.page.getByRole('button', { name: `Download: ${picture.name}` }).click(),
  );
  assert.equal(sha256(bytes), picture.sha256);
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

describe.each<BrowserName>(['chromium', 'firefox'])('the vault kept in %s', (browser) => {
  const profile = temporaryFolder(`kept-${browser}`);
  const complaints: string[] = [];
  let vault: OpenVault;
  let code: string;
  let backup: string;
  afterAll(async () => {
    await vault?.context.close();
    removeFolder(profile);
  });

  test('the guide sets up two ways to open it, in two steps', async () => {
    vault = await openVault(browser, profile, served.url, { meets: 'guide' });
    const { page } = vault;
    page.on('console', (message) => {
      if (/Content.Security.Policy|TrustedScript/.test(message.text())) complaints.push(message.text());
    });
    await page.setViewportSize({ width: 360, height: 740 });
    assert.isAtMost(await overflow(page), 0);
    const started = performance.now();
    code = await protect(page, () => page.getByLabel('New passphrase').fill(passphrase));
    console.log(`${browser}: protected in ${Math.round(performance.now() - started)} ms, typing not counted`);
    assert.deepEqual(await page.getByRole('list', { name: 'Ways to open' }).getByRole('listitem').allTextContents(), [
      'passphrase',
      'recovery code',
    ]);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'protection-title');
    assert.isAtMost(await overflow(page), 0);
    await makeKey(vault, 'Family papers');
    await writeNote(vault, 'Spare keys', text);
    await addFile(vault, picture.path, picture.name);
    await page.getByText('No backup yet:').waitFor();
    await page.getByRole('button', { name: 'Try to export: Family papers' }).click();
    await page.getByText('no CryptoKey').waitFor();
    await page.keyboard.press('Escape');
  });

  test('locked, nothing of it is left on the page, and either way opens it again', async () => {
    const { page } = vault;
    await page.locator('#files').setInputFiles(large.path);
    await page.getByRole('button', { name: `Stop: ${large.name}` }).waitFor();
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByText('The vault was locked before this was done').waitFor();
    assert.notInclude(await page.evaluate(() => document.body.outerHTML), large.name);
    await fill(vault, 'Passphrase', passphrase, 'Unlock');
    await page.getByLabel('Note', { exact: true }).fill('half written');
    await page.getByRole('button', { name: 'Open: Spare keys' }).click();
    await page.locator('dialog pre').waitFor();
    const second = await vault.context.newPage();
    await second.goto(served.url);
    await meet(second, 'locked');
    await second.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await second.keyboard.press('Enter');
    await second.getByRole('heading', { name: 'Spare keys' }).waitFor();
    await second.getByRole('button', { name: 'Lock', exact: true }).click();
    await meet(page, 'locked');
    await second.close();
    await page.bringToFront();
    const left = await page.evaluate(() => document.body.outerHTML + document.querySelector('textarea')?.value);
    for (const secret of ['Spare keys', 'third stone', 'half written', 'Family papers', picture.name])
      assert.notInclude(left, secret);
    assert.isAtMost(await overflow(page), 0);
    await fill(vault, 'Passphrase', 'none of these words', 'Unlock');
    await page.getByText('UnlockFailed').waitFor();
    await fill(vault, 'Passphrase', passphrase, 'Unlock');
    assert.equal(await readNote(vault, 'Spare keys'), text);
    await page.reload();
    await meet(page, 'locked');
    await page.getByText('Use the recovery code').click();
    // As people write it, with one slip of the hand.
    const slip = `${code.slice(0, 7)}${code[7] === 'A' ? 'B' : 'A'}${code.slice(8)}`.toLowerCase().replaceAll('-', ' ');
    await fill(vault, 'Recovery code', slip, 'Unlock with the code');
    assert.equal(await readNote(vault, 'Spare keys'), text);
  });

  test('the storage cleared, all of it is back from the backup and the code', async () => {
    const { page } = vault;
    backup = await saveBackup(vault, `${browser}.keyhaven`);
    await loseEverything(vault);
    await meet(page, 'guide');
    await page.getByRole('button', { name: 'I have a backup' }).click();
    await restore(vault, backup, code.replace(/^.{11}/, '00000-00000'));
    await page.getByText('Nothing was restored').waitFor();
    await restore(vault, backup, code);
    await meet(page, 'locked');
    await fill(vault, 'Passphrase', passphrase, 'Unlock');
    await assertAllThere(vault, 'Spare keys');
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test('a loss that the browser tells of leads to the backup, too', async () => {
    const { page } = vault;
    await page.goto(`${served.url}sw.js`);
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          indexedDB.deleteDatabase('keyhaven:vault').onsuccess = () => resolve();
        }),
    );
    await page.goto(served.url);
    await page.getByText('StoreEvicted').waitFor();
    await page.getByRole('button', { name: 'Restore from a backup' }).first().click();
    await restore(vault, backup, code);
    await meet(page, 'locked');
    await fill(vault, 'Passphrase', passphrase, 'Unlock');
    await assertAllThere(vault, 'Spare keys');
  });

  test('a vault from before gets a root by the keyboard alone, and what was in it goes into backups', async () => {
    const { page } = vault;
    await loseEverything(vault);
    await meet(page, 'vault');
    await makeKey(vault, 'Old papers');
    await writeNote(vault, 'From before', text);
    await addFile(vault, picture.path, picture.name);
    await page.getByRole('button', { name: 'Set up recovery' }).focus();
    await page.keyboard.press('Enter');
    const recovery = await protect(page, async () => {
      await page.getByLabel('New passphrase').focus();
      await page.keyboard.type(passphrase);
      await page.getByLabel('At every visit').focus();
      await page.keyboard.press('ArrowDown');
      assert.isTrue(await page.getByLabel('Only when all is lost').isChecked());
    });
    await assertAllThere(vault, 'From before');
    assert.equal(await page.getByText('in no backup yet').isVisible(), false);
    const file = await saveBackup(vault, `${browser}-old.keyhaven`);
    await page.reload();
    await assertAllThere(vault, 'From before');
    await loseEverything(vault);
    await meet(page, 'guide');
    await page.getByRole('button', { name: 'I have a backup' }).click();
    await restore(vault, file, recovery);
    await assertAllThere(vault, 'From before');
    await page.reload();
    await assertAllThere(vault, 'From before');
  });

  test('nothing of this was against the policy of the page', () => assert.deepEqual(complaints, []));
});

describe('the vault in chromium', () => {
  const profile = temporaryFolder('passkey');
  const copy = temporaryFolder('copy');
  let vault: OpenVault;
  let code: string;
  afterAll(async () => {
    await vault?.context.close();
    for (const each of [profile, copy]) removeFolder(each);
  });

  test('opens with a passkey, and locks by itself when its page is hidden or was not used', async () => {
    vault = await openVault('chromium', profile, served.url, { meets: 'guide' });
    const { page, context } = vault;
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    await addAuthenticator(cdp);
    code = await protect(page, () => page.getByLabel('A passkey').check());
    await makeKey(vault, 'Family papers');
    await writeNote(vault, 'Spare keys', text);
    const unlock = async () => {
      await meet(page, 'locked');
      await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
      assert.equal(await readNote(vault, 'Spare keys'), text);
    };
    await page.reload();
    await unlock();

    await page.getByLabel('Locks by itself').selectOption('hide');
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      Reflect.deleteProperty(document, 'visibilityState');
    });
    await unlock();

    await page.getByLabel('Locks by itself').selectOption('5');
    await page.clock.install();
    await page.reload();
    await unlock();
    await page.clock.fastForward('04:30');
    await page.keyboard.press('Shift');
    await page.clock.fastForward('04:30');
    assert.isTrue(await page.getByRole('heading', { name: 'Spare keys' }).isVisible(), 'typing counts as use');
    await page.clock.fastForward('05:30');
    await unlock();
  });

  test('copied with its profile shows nothing, and opens by nothing but its ways', async () => {
    await vault.context.close();
    cpSync(profile, copy, { recursive: true, filter: (path) => !/Singleton|lockfile/i.test(path) });
    const { found } = scan(copy, [...encodings('the code', code), ...encodings('the note', text)]);
    assert.deepEqual(found, []);
    vault = await openVault('chromium', copy, served.url, { meets: 'locked' });
    const { page } = vault;
    await page.getByText('Use the recovery code').click();
    await fill(vault, 'Recovery code', code, 'Unlock with the code');
    assert.equal(await readNote(vault, 'Spare keys'), text);
    // All that the thief's script finds in the database: bytes, and no CryptoKey.
    const keys = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('keyhaven:vault');
        request.onsuccess = () => resolve(request.result);
      });
      const rows = await new Promise<object[]>((resolve) => {
        const request = database.transaction('rows').objectStore('rows').getAll();
        request.onsuccess = () => resolve(request.result);
      });
      database.close();
      return rows.flatMap((row) => Object.values(row)).filter((value) => value instanceof CryptoKey).length;
    });
    assert.equal(keys, 0);
  });
});

describe('the vault in chromium, where pages cannot write files', () => {
  const profile = temporaryFolder('pieces');
  let vault: OpenVault;
  afterAll(async () => {
    await vault?.context.close();
    removeFolder(profile);
  });

  test('a tab that opens while a backup is taken back takes nothing away', async () => {
    vault = await openVault('chromium', profile, served.url, { meets: 'guide' });
    const { page, context } = vault;
    await context.addInitScript(() => Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable'));
    await page.reload();
    await meet(page, 'guide');
    const code = await protect(page, () => page.getByLabel('New passphrase').fill(passphrase));
    await makeKey(vault, 'Family papers');
    const several = big(folder, 6_000_000);
    await addFile(vault, several.path, several.name);
    const backup = await saveBackup(vault, 'pieces.keyhaven');
    await loseEverything(vault);
    await meet(page, 'guide');
    // With pieces of a file taken back, the page waits before it opens more of the backup.
    await page.evaluate(() => {
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const state = { pieces: 0, isWaiting: false, open: () => open() };
      Object.assign(globalThis, { state });
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (...given) {
        if (this.name === 'pieces') state.pieces++;
        return put.apply(this, given);
      };
      const { decrypt } = SubtleCrypto.prototype;
      SubtleCrypto.prototype.decrypt = async function (...given) {
        if (state.pieces >= 2) {
          state.isWaiting = true;
          await gate;
        }
        return decrypt.apply(this, given);
      };
    });
    await page.getByRole('button', { name: 'I have a backup' }).click();
    await restore(vault, backup, code);
    await page.waitForFunction(() => (globalThis as unknown as { state: { isWaiting: boolean } }).state.isWaiting);
    const second = await context.newPage();
    await second.goto(served.url);
    await meet(second, 'guide');
    await page.bringToFront();
    await page.evaluate(() => (globalThis as unknown as { state: { open(): void } }).state.open());
    await meet(page, 'locked');
    await second.close();
    await fill(vault, 'Passphrase', passphrase, 'Unlock');
    const bytes = await vault.saved(several.name, several.length, () =>
      page.getByRole('button', { name: `Download: ${several.name}` }).click(),
    );
    assert.equal(sha256(bytes), several.sha256);
  });
});
