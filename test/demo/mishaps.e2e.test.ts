// What goes wrong while a person uses the vault: no room, files that are gone or damaged, a second tab at the worst moment. Nothing of it
// stays unsaid, and nothing is left over.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { big, type SampleFile, sha256, text } from './sample-files.ts';
import {
  addFile,
  type BrowserName,
  buildVault,
  makeKey,
  meet,
  type OpenVault,
  openVault,
  removeFolder,
  type Served,
  serveVault,
  temporaryFolder,
} from './vault-page.ts';

const folder = temporaryFolder('mishaps');
let served: Served;
let large: SampleFile;
let small: SampleFile;
let long: SampleFile;
beforeAll(async () => {
  await buildVault(`${folder}/dist`);
  served = await serveVault(`${folder}/dist`);
  large = big(folder, 30_000_000);
  small = text(folder);
  mkdirSync(join(folder, 'long'));
  long = big(join(folder, 'long'), 300_000_000);
});
afterAll(async () => {
  await served?.stop();
  removeFolder(folder);
});

/** Sizes of all that lies in the vault's folder. */
const stored = (page: Page): Promise<number[]> =>
  page.evaluate(async () => {
    const files = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault');
    const sizes: number[] = [];
    for await (const handle of files.values())
      if (handle instanceof FileSystemFileHandle) sizes.push((await handle.getFile()).size);
    return sizes;
  });

/** The error on the page, which is dismissed. */
async function complaint(page: Page): Promise<string> {
  const alert = page.locator('.notice.bad');
  await alert.waitFor();
  const words = (await alert.textContent()) ?? '';
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  return words;
}

describe.each<BrowserName>(['chromium', 'firefox'])('mishaps in %s', (browser) => {
  const profile = temporaryFolder(`mishaps-${browser}`);
  let vault: OpenVault;
  beforeAll(async () => {
    vault = await openVault(browser, profile, served.url);
    await makeKey(vault, 'Papers');
  });
  afterAll(async () => {
    await vault?.context.close();
    removeFolder(profile);
  });

  if (browser === 'chromium')
    test('a file for which there is no room leaves nothing behind, and is still named when others were stored', async () => {
      const { page, context } = vault;
      const { origin } = new URL(served.url);
      const cdp = await context.newCDPSession(page);
      await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 15_000_000 });
      await page.locator('#files').setInputFiles([large.path, small.path]);
      await page.getByText(`${small.name} is encrypted and stored.`).waitFor();
      const words = await complaint(page);
      assert.include(words, `${large.name} was not stored.`);
      assert.include(words, 'no more room');
      assert.deepEqual((await stored(page)).length, 1);
      await page.locator('#files').setInputFiles([large.path, large.path]);
      await page.getByText(`${large.name}, ${large.name} were not stored.`).waitFor();
      await complaint(page);
      await cdp.send('Storage.overrideQuotaForOrigin', { origin });
    });

  if (browser === 'chromium')
    test('a reload in the middle of a file is asked about first', async () => {
      const { page } = vault;
      await page.getByRole('heading', { name: 'Put something in' }).click();
      const asked = page.waitForEvent('dialog');
      await page.locator('#files').setInputFiles(long.path);
      await page.getByRole('button', { name: `Stop: ${long.name}` }).waitFor();
      await page.evaluate(() => void setTimeout(() => location.reload()));
      const dialog = await asked;
      assert.equal(dialog.type(), 'beforeunload');
      await dialog.dismiss();
      await page.getByRole('button', { name: `Stop: ${long.name}` }).click();
      await page.getByText('stopped. Nothing of it was kept.').waitFor();
    });

  test('a file that is gone when its turn comes is told as one that cannot be read', async () => {
    const { page } = vault;
    const before = await stored(page);
    const path = join(folder, 'gone.bin');
    writeFileSync(path, new Uint8Array(1_000_000));
    await page.evaluate(() =>
      document.addEventListener(
        'change',
        (event) => {
          event.stopImmediatePropagation();
          Object.assign(globalThis, { chosen: [...((event.target as HTMLInputElement).files ?? [])] });
        },
        { capture: true, once: true },
      ),
    );
    await page.locator('#files').setInputFiles(path);
    rmSync(path);
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      for (const file of (globalThis as unknown as { chosen: File[] }).chosen) dataTransfer.items.add(file);
      document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    });
    const words = await complaint(page);
    assert.include(words, 'gone.bin was not stored.The file cannot be read.');
    assert.include(words, 'NotReadableError');
    assert.deepEqual(await stored(page), before);
  });

  test('a file that was damaged in storage is told as such when it is saved', async () => {
    const { page } = vault;
    await addFile(vault, large.path, large.name);
    await page.evaluate(async () => {
      const files = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault');
      for await (const handle of files.values()) {
        if (!(handle instanceof FileSystemFileHandle) || (await handle.getFile()).size < 1e6) continue;
        const writer = await handle.createWritable({ keepExistingData: true });
        await writer.write({ type: 'write', position: 20_000_000, data: new Uint8Array(99) });
        await writer.close();
      }
    });
    await page.getByRole('button', { name: `Download: ${large.name}` }).click();
    const words = await complaint(page);
    assert.include(words, 'InvalidCiphertextException');
    assert.include(words, 'changed or damaged');
    await page.getByRole('button', { name: `Delete: ${large.name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText(`${large.name} is deleted.`).waitFor();
  });

  test('a tab that opens between the end of a file and its entry takes nothing away', async () => {
    const { page, context } = vault;
    // From the end of the file on, the page waits in every call of WebCrypto.
    await page.evaluate(() => {
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const state = { isClosed: false, isWaiting: false, open: () => open() };
      Object.assign(globalThis, { state });
      const { close } = WritableStreamDefaultWriter.prototype;
      WritableStreamDefaultWriter.prototype.close = async function () {
        await close.call(this);
        state.isClosed = true;
      };
      const { encrypt } = SubtleCrypto.prototype;
      SubtleCrypto.prototype.encrypt = async function (...given) {
        if (state.isClosed) {
          state.isWaiting = true;
          await gate;
        }
        return encrypt.apply(this, given);
      };
    });
    await page.locator('#files').setInputFiles(large.path);
    await page.waitForFunction(() => (globalThis as unknown as { state: { isWaiting: boolean } }).state.isWaiting);
    const second = await context.newPage();
    await second.goto(served.url);
    await meet(second, 'vault');
    await page.evaluate(() => (globalThis as unknown as { state: { open(): void } }).state.open());
    await page.bringToFront();
    await page.getByRole('heading', { name: large.name, exact: true }).waitFor();
    await second.close();
    const bytes = await vault.saved(large.name, large.length, () =>
      page.getByRole('button', { name: `Download: ${large.name}` }).click(),
    );
    assert.equal(sha256(bytes), large.sha256);
  });

  test('long names fit on a narrow phone', async () => {
    const { page } = vault;
    await page.setViewportSize({ width: 320, height: 640 });
    await makeKey(vault, `Key-${'without-a-space-'.repeat(4)}`);
    const named = join(folder, `${'a-long-name-'.repeat(12)}.txt`);
    writeFileSync(named, 'x');
    await page.locator('#files').setInputFiles(named);
    await page.getByText('is encrypted and stored.').waitFor();
    assert.isAtMost(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    await page.setViewportSize({ width: 1280, height: 860 });
  });
});
