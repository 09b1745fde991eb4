// Pictures, sounds and videos of the vault play from ranged reads of their encrypted files: only the chunks that an element asks for
// are decrypted. And a large file goes in without the page growing with it.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { peakWhile } from '../support/renderer-memory.ts';
import { png, pngSize, wav } from './sample-files.ts';
import {
  addFile,
  type BrowserName,
  buildVault,
  makeKey,
  type OpenVault,
  openVault,
  removeFolder,
  type Served,
  serveVault,
  temporaryFolder,
} from './vault-page.ts';

const folder = temporaryFolder('media');
let served: Served;
let sound: ReturnType<typeof wav>;
let picture: ReturnType<typeof png>;

beforeAll(async () => {
  await buildVault(`${folder}/dist`);
  served = await serveVault(`${folder}/dist`);
  [sound, picture] = [wav(folder), png(folder)];
});

afterAll(async () => {
  await served?.stop();
  removeFolder(folder);
});

/** Bytes that the viewer says were decrypted so far. */
async function taken({ page }: OpenVault): Promise<number> {
  const text = (await page.locator('[data-taken]').textContent()) ?? '';
  const [, number = '0', unit = 'B'] = /^([\d.]+) ([KM]?B)/.exec(text) ?? [];
  return Number(number) * { B: 1, KB: 1e3, MB: 1e6 }[unit as 'B' | 'KB' | 'MB'];
}

describe.each<BrowserName>(['chromium', 'firefox'])('media in %s', (browser) => {
  const profile = temporaryFolder(`media-${browser}`);
  let vault: OpenVault;

  beforeAll(async () => {
    vault = await openVault(browser, profile, served.url);
    await vault.page.locator('#offline').waitFor();
    await vault.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await makeKey(vault, 'Media');
    await addFile(vault, sound.path, sound.name);
    await addFile(vault, picture.path, picture.name);
  });
  afterAll(async () => {
    await vault?.context.close();
    removeFolder(profile);
  });

  test('a sound tells its length, plays, and plays near its end, of which a part was decrypted', async () => {
    const { page } = vault;
    await page.getByRole('button', { name: `Open: ${sound.name}` }).click();
    const audio = page.locator('dialog audio');
    await page.waitForFunction(() => (document.querySelector('audio')?.readyState ?? 0) >= 1);
    const duration = await audio.evaluate((element: HTMLAudioElement) => element.duration);
    assert.closeTo(duration, sound.seconds, 0.1);
    const position = await audio.evaluate(async (element: HTMLAudioElement) => {
      element.muted = true;
      element.currentTime = element.duration - 30;
      await new Promise((resolve) => element.addEventListener('seeked', resolve, { once: true }));
      await element.play();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      element.pause();
      return { at: element.currentTime, error: element.error?.message };
    });
    assert.isUndefined(position.error);
    assert.isAbove(position.at, sound.seconds - 30);
    const bytes = await taken(vault);
    console.log(`${browser}: ${Math.round(bytes / 1e6)} of ${Math.round(sound.length / 1e6)} MB were decrypted`);
    assert.isAbove(bytes, 0);
    assert.isBelow(bytes, sound.length * 0.75);
    await page.keyboard.press('Escape');
  });

  test('a picture is shown from its address, which ends with the view', async () => {
    const { page } = vault;
    await page.getByRole('button', { name: `Open: ${picture.name}` }).click();
    const image = page.getByRole('img', { name: `Preview of ${picture.name}` });
    await image.waitFor();
    const { width, address } = await image.evaluate(async (element: HTMLImageElement) => {
      await element.decode();
      return { width: element.naturalWidth, address: element.src };
    });
    assert.equal(width, pngSize.width);
    assert.include(address, '/opened/');
    const load = (src: string) =>
      page.evaluate(
        (url) =>
          new Promise<string>((resolve) => {
            const element = new Image();
            element.onload = () => resolve('shown');
            element.onerror = () => resolve('refused');
            element.src = url;
          }),
        src,
      );
    assert.equal(await load(`${address}?again`), 'shown');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await load(`${address}?later`), 'refused');
  });

  test('an address does not open as a page', async () => {
    const { page } = vault;
    await page.getByRole('button', { name: `Open: ${picture.name}` }).click();
    const address = await page
      .getByRole('img', { name: `Preview of ${picture.name}` })
      .evaluate((element: HTMLImageElement) => element.src);
    const tab = await vault.context.newPage();
    const response = await tab.goto(address);
    assert.equal(response?.status(), 403);
    await tab.close();
    await page.keyboard.press('Escape');
  });

  if (browser === 'chromium') {
    test('a video plays', async () => {
      const { page } = vault;
      // Two seconds of a moving square, recorded by the browser itself.
      const recorded = await page.evaluate(async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
        const context = canvas.getContext('2d');
        const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp8' });
        const parts: Blob[] = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        const stopped = new Promise((resolve) => {
          recorder.onstop = resolve;
        });
        recorder.start(200);
        for (let frame = 0; frame < 50; frame++) {
          context?.fillRect(frame * 3, frame * 2, 20, 20);
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
        recorder.stop();
        await stopped;
        return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
      });
      const path = join(folder, 'square.webm');
      writeFileSync(path, Uint8Array.from(recorded));
      await addFile(vault, path, 'square.webm');
      await page.getByRole('button', { name: 'Open: square.webm' }).click();
      const played = await page.locator('dialog video').evaluate(async (element: HTMLVideoElement) => {
        element.muted = true;
        await element.play();
        await new Promise((resolve) => element.addEventListener('ended', resolve, { once: true }));
        return { width: element.videoWidth, at: element.currentTime, error: element.error?.message };
      });
      assert.isUndefined(played.error);
      assert.equal(played.width, 160);
      assert.isAbove(played.at, 1);
      await page.keyboard.press('Escape');
    });

    test('a file of 600 MB goes in with a page of less than 500 MB', async ({ skip }) => {
      if (process.platform !== 'linux') return skip('memory is read from /proc');
      const path = join(folder, 'large.bin');
      writeFileSync(path, '');
      truncateSync(path, 600_000_000);
      const peak = await peakWhile(profile, () => addFile(vault, path, 'large.bin'));
      console.log(`chromium: peak ${Math.round(peak / 1e6)} MB`);
      assert.isAbove(peak, 20e6);
      assert.isBelow(peak, 500e6);
    });
  }
});
