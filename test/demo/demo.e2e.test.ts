// The vault app as a person uses it, in whole browsers with profiles on the disk; and then the profiles as a thief reads them.
import { assert } from 'chai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import { encodings, scan } from './profile-scan.ts';
import { big, markerOf, pdf, png, pngSize, type SampleFile, sha256, text } from './sample-files.ts';
import {
  addFile,
  type BrowserName,
  buildVault,
  makeKey,
  type OpenVault,
  openVault,
  readNote,
  removeFolder,
  type Served,
  serveVault,
  temporaryFolder,
  writeNote,
} from './vault-page.ts';

const folder = temporaryFolder('demo');
let served: Served;
let files: { pdf: SampleFile; png: SampleFile; text: SampleFile; big: SampleFile };

beforeAll(async () => {
  await buildVault(`${folder}/dist`);
  served = await serveVault(`${folder}/dist`);
  files = { pdf: pdf(folder), png: png(folder), text: text(folder), big: big(folder) };
});

afterAll(async () => {
  await served?.stop();
  removeFolder(folder);
});

const noteTitle = markerOf('note title');
const noteText = `Under the third stone by the harbour wall. ${markerOf('note text')}\n`;
const longText = Array.from({ length: 300 }, (_, index) => `${index} ${markerOf(`long ${index % 3}`)}`).join('\n');
const draft = markerOf('draft');

/** Everything that must not be on the disk in clear: `names` too, as long as no file was saved to the disk by its name. */
function secrets(): (readonly [string, Buffer])[] {
  const all = Object.values(files);
  return [
    ...encodings('the note', markerOf('note text')),
    ...encodings('the long note', markerOf('long 1')),
    ...encodings('the title of the note', noteTitle),
    ...encodings('a draft', draft),
    ...all.flatMap(({ name, marker }) => encodings(name, marker)),
    ...all.flatMap(({ name, slices }) =>
      slices.map((slice, index) => [`64 bytes of ${name} (${index})`, slice] as const),
    ),
  ];
}

async function refusalOf({ page }: OpenVault, button: string): Promise<string> {
  await page.getByRole('button', { name: button }).first().click();
  const alert = page.locator('.notice.bad');
  await alert.waitFor();
  const words = (await alert.textContent()) ?? '';
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  return words;
}

describe.each<BrowserName>(['chromium', 'firefox'])('the vault in %s', (browser) => {
  const profile = temporaryFolder(`profile-${browser}`);
  let vault: OpenVault;
  afterAll(async () => {
    await vault?.context.close();
    removeFolder(profile);
  });

  test('keys are made, notes and files go in', async () => {
    vault = await openVault(browser, profile, served.url);
    await makeKey(vault, 'Family papers');
    await writeNote(vault, noteTitle, noteText);
    await writeNote(vault, 'A long note', longText);
    for (const { path, name } of [files.pdf, files.png, files.text]) await addFile(vault, path, name);
    const milliseconds = await addFile(vault, files.big.path, files.big.name);
    console.log(`${browser}: encrypted and stored ${Math.round(files.big.length / milliseconds / 1000)} MB/s`);
    assert.equal(await readNote(vault, noteTitle), noteText);
  });

  test('a key of the same name is refused', async () => {
    await vault.page.getByLabel('Name of a new key').fill('family  papers');
    assert.include(await refusalOf(vault, 'Make key'), 'AlreadyExistsException');
    await vault.page.getByLabel('Name of a new key').fill('');
  });

  test('a file can be stopped, and nothing of it stays', async () => {
    const { page } = vault;
    const stored = () =>
      page.evaluate(async () => {
        const vaultFolder = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault');
        const names: string[] = [];
        for await (const name of vaultFolder.keys()) names.push(name);
        return names.length;
      });
    const before = await stored();
    await page.locator('#files').setInputFiles(files.big.path);
    await page.getByRole('button', { name: `Stop: ${files.big.name}` }).click();
    await page.getByText('stopped. Nothing of it was kept.').waitFor();
    assert.equal(await stored(), before);
    assert.equal(await page.getByRole('heading', { name: files.big.name, exact: true }).count(), 1);
  });

  test('after the browser was closed, its profile holds no plaintext', async () => {
    const { page, context } = vault;
    // Browsers keep what is typed into a page for their next start, if the page lets them: a field of our own making shows it.
    const control = markerOf(`typed ${browser}`);
    await page.evaluate(() =>
      document.body.append(Object.assign(document.createElement('textarea'), { id: 'control' })),
    );
    for (const [field, typed] of [
      [page.locator('#control'), control],
      [page.getByLabel('Title'), draft],
      [page.getByLabel('Note', { exact: true }), draft],
    ] as const) {
      await field.click();
      await page.keyboard.type(typed);
    }
    await page.waitForTimeout(3000);
    await context.close();
    const names = [files.pdf, files.png, files.text, files.big].flatMap(({ name }) =>
      encodings(`the name ${name}`, name),
    );
    const needles = [...secrets(), ...names, ...encodings('control', control)];
    const { found, files: count, bytes } = scan(profile, needles);
    console.log(`${browser}: looked through ${count} files, ${Math.round(bytes / 1e6)} MB`);
    assert.isAbove(bytes, files.big.length);
    assert.isTrue(
      found.some(({ file, what }) => what.startsWith('control') && /session/i.test(file)),
      JSON.stringify(found),
    );
    assert.deepEqual(
      found.filter(({ what }) => !what.startsWith('control')),
      [],
    );
  });

  test('the next start reads everything again, byte for byte', async () => {
    vault = await openVault(browser, profile, served.url);
    assert.equal(await readNote(vault, noteTitle), noteText);
    assert.equal(await readNote(vault, 'A long note'), longText);
    for (const { name, length, sha256: digest } of Object.values(files)) {
      const started = performance.now();
      const bytes = await vault.saved(name, length, () =>
        vault.page.getByRole('button', { name: `Download: ${name}` }).click(),
      );
      if (name === files.big.name)
        console.log(
          `${browser}: decrypted and saved ${Math.round(length / (performance.now() - started) / 1000)} MB/s`,
        );
      assert.equal(sha256(bytes), digest, name);
    }
  });

  test('an image and the beginning of a text are shown', async () => {
    const { page } = vault;
    await page.getByRole('button', { name: `Open: ${files.png.name}` }).click();
    const image = page.getByRole('img', { name: `Preview of ${files.png.name}` });
    await image.waitFor();
    assert.equal(
      await image.evaluate(async (element: HTMLImageElement) => element.decode().then(() => element.naturalWidth)),
      pngSize.width,
    );
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: `Open: ${files.text.name}` }).click();
    assert.include(await page.locator('dialog pre').textContent(), files.text.marker);
    assert.include(await page.locator('dialog').textContent(), 'Only these were decrypted');
    await page.keyboard.press('Escape');
  });

  test('without a server it starts, reads and writes', async () => {
    await vault.page.locator('#offline').waitFor();
    await served.stop();
    try {
      await vault.page.reload();
      await vault.page.getByRole('heading', { name: noteTitle }).waitFor();
      assert.equal(await readNote(vault, noteTitle), noteText);
      await writeNote(vault, 'Written offline', 'No network.');
      assert.equal(await readNote(vault, 'Written offline'), 'No network.');
    } finally {
      await served.start();
    }
  });

  test('the page’s own script cannot export a key', async () => {
    await vault.page.getByRole('button', { name: 'Try to export: Family papers' }).click();
    await vault.page.locator('dialog dd').first().waitFor();
    const answers = await vault.page.locator('dialog dd').allTextContents();
    assert.equal(answers.filter((answer) => answer.startsWith('InvalidAccessError')).length, 3, answers.join('\n'));
    assert.equal(answers.at(-1), '{}');
    assert.include(await vault.page.locator('dialog pre').textContent(), 'extractable: false');
    await vault.page.keyboard.press('Escape');
  });

  test('a disabled key refuses, and reads again when it is enabled', async () => {
    const { page } = vault;
    await page.getByRole('button', { name: 'Disable: Family papers' }).click();
    await page.getByRole('heading', { name: 'Sealed' }).first().waitFor();
    assert.equal(await page.getByRole('heading', { name: noteTitle }).count(), 0);
    assert.include(await refusalOf(vault, 'Open: sealed item'), 'DisabledException');
    assert.include(await refusalOf(vault, 'Download: sealed item'), 'DisabledException');
    assert.isTrue(await page.getByRole('button', { name: 'Encrypt note' }).isDisabled());
    await page.getByRole('button', { name: 'Enable: Family papers' }).click();
    await page.getByRole('heading', { name: noteTitle }).waitFor();
    assert.equal(await readNote(vault, noteTitle), noteText);
  });

  test('a deletion is scheduled and cancelled', async () => {
    const { page } = vault;
    await page.getByRole('button', { name: 'Delete: Family papers' }).click();
    // Not filled in: Playwright adds to the text of a number field in Firefox.
    await page.getByLabel('Days to wait (7 to 30)').press('ArrowUp');
    await page.getByLabel('Days to wait (7 to 30)').press('ArrowUp');
    await page.getByRole('button', { name: 'Schedule deletion' }).click();
    await page.locator('.pill', { hasText: 'To be deleted' }).waitFor();
    await page.getByText('will be deleted in 9 days').waitFor();
    assert.include(await refusalOf(vault, 'Open: sealed item'), 'KMSInvalidStateException');
    await page.reload();
    await page.getByRole('button', { name: 'Cancel deletion: Family papers' }).click();
    await page.getByRole('button', { name: 'Enable: Family papers' }).click();
    await page.getByRole('heading', { name: noteTitle }).waitFor();
    assert.equal(await readNote(vault, noteTitle), noteText);
  });

  test('the keyboard alone is enough', async () => {
    const { page } = vault;
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 80; presses++) {
        const focused = await page.evaluate(() => {
          const element = document.activeElement as HTMLInputElement | null;
          return element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? '';
        });
        if (focused.startsWith(name)) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`no way to ${name} by keyboard`);
    };
    await page.bringToFront();
    await page.reload();
    await page.getByRole('heading', { name: noteTitle }).waitFor();
    await tabTo('Name of a new key');
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'By keyboard' }).waitFor();
    await tabTo('Title');
    await page.keyboard.type('Typed');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Without a mouse.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Typed' }).waitFor();
    await tabTo('Choose files');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'files');
    await tabTo('Open: Typed');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('dialog pre').textContent(), 'Without a mouse.');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Open: Typed');
    await page.reload();
    await page.getByRole('heading', { name: 'Typed' }).waitFor();
    await tabTo('Disable: By keyboard');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Enable: By keyboard');
  });

  test('at the width of a phone nothing runs over the side', async () => {
    const { page } = vault;
    const overflow = () =>
      page.evaluate(
        () =>
          Math.max(document.documentElement.scrollWidth, document.querySelector('dialog')?.scrollWidth ?? 0) -
          innerWidth,
      );
    await page.setViewportSize({ width: 360, height: 740 });
    assert.isAtMost(await overflow(), 0);
    for (const button of [
      'Try to export: Family papers',
      'Delete: Family papers',
      `Open: ${noteTitle}`,
      `Open: ${files.png.name}`,
    ]) {
      await page.getByRole('button', { name: button }).click();
      await page.locator('dialog').waitFor();
      assert.isAtMost(await overflow(), 0, button);
      await page.keyboard.press('Escape');
    }
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test('a second tab follows the first, and names in any script are names', async () => {
    const second = await vault.context.newPage();
    await second.goto(served.url);
    await second.getByRole('heading', { name: noteTitle }).waitFor();
    await makeKey(vault, '日記');
    await second.getByRole('heading', { name: '日記' }).waitFor();
    await second.close();
    await vault.page.bringToFront();
  });

  test('what a closed tab left half-written is swept away at the next start', async () => {
    const { page } = vault;
    const files = (leftOver?: string) =>
      page.evaluate(async (name) => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('vault');
        if (name) await folder.getFileHandle(name, { create: true });
        const names: string[] = [];
        for await (const each of folder.keys()) names.push(each);
        return names;
      }, leftOver);
    const before = await files();
    assert.include(await files('left-over'), 'left-over');
    await page.reload();
    await page.getByRole('heading', { name: noteTitle }).waitFor();
    assert.sameMembers(await files(), before);
  });

  test('what is deleted is gone from storage', async () => {
    const { page } = vault;
    await page.getByRole('button', { name: `Delete: ${files.big.name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: files.big.name, exact: true }).waitFor({ state: 'detached' });
    const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
    assert.isBelow(usage, files.big.length);
  });

  test('nothing was asked of any other address', () => {
    const others = vault.requests.filter((url) => !url.startsWith(served.url) && !url.startsWith('blob:'));
    assert.deepEqual(others, []);
  });

  test('the profile holds no plaintext after all of this; what is stored in clear beside it is found', async () => {
    const control = markerOf(`control ${browser}`);
    await vault.page.evaluate(async (value) => {
      localStorage.setItem('control', value);
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('control', 1);
        request.onupgradeneeded = () => request.result.createObjectStore('rows');
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const transaction = request.result.transaction('rows', 'readwrite', { durability: 'strict' });
          transaction
            .objectStore('rows')
            .put({ text: `in IndexedDB ${value}`, bytes: new TextEncoder().encode(`${value} as bytes`) }, 1);
          transaction.oncomplete = () => resolve();
        };
      });
    }, control);
    await vault.context.close();
    const { found } = scan(profile, [...secrets(), ...encodings('control', control)]);
    const controls = found.filter(({ what }) => what.startsWith('control'));
    assert.isTrue(
      controls.some(({ file }) => /indexeddb|idb/i.test(file)),
      JSON.stringify(controls),
    );
    assert.deepEqual(
      found.filter(({ what }) => !what.startsWith('control')),
      [],
    );
  });
});

describe.each<BrowserName>(['chromium', 'firefox'])('where %s gives less', (browser) => {
  let profile: string;
  let vault: OpenVault | undefined;
  beforeEach(() => {
    profile = temporaryFolder(`profile-${browser}`);
  });
  afterEach(async () => {
    await vault?.context.close();
    vault = undefined;
    removeFolder(profile);
  });

  test('without a file system for pages, files go into IndexedDB in pieces', async () => {
    vault = await openVault(browser, profile, served.url);
    const { page } = vault;
    await page.addInitScript(() => Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable'));
    await page.reload();
    await makeKey(vault, 'Pieces');
    await addFile(vault, files.big.path, files.big.name);
    await page.reload();
    const bytes = await vault.saved(files.big.name, files.big.length, () =>
      page.getByRole('button', { name: `Download: ${files.big.name}` }).click(),
    );
    assert.equal(sha256(bytes), files.big.sha256);
    await page.getByRole('button', { name: `Delete: ${files.big.name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: files.big.name, exact: true }).waitFor({ state: 'detached' });
    const pieces = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('vault');
        request.onsuccess = () => resolve(request.result);
      });
      return new Promise<number>((resolve) => {
        const request = database.transaction('pieces').objectStore('pieces').count();
        request.onsuccess = () => resolve(request.result);
      });
    });
    assert.equal(pieces, 0);
  });

  test('keys that the browser cleared are told as cleared, and one can go on', async () => {
    vault = await openVault(browser, profile, served.url);
    const { page } = vault;
    await makeKey(vault, 'Soon gone');
    await writeNote(vault, 'Soon unreadable', 'x');
    await page.evaluate(async () => {
      const blocked = indexedDB.deleteDatabase('keyhaven:vault');
      await new Promise<void>((resolve) => {
        blocked.onsuccess = () => resolve();
        blocked.onblocked = () => location.reload();
      });
    });
    await page.reload();
    const alert = page.locator('.failure');
    await alert.waitFor();
    assert.include(await alert.textContent(), 'StoreEvicted');
    await page.getByRole('button', { name: 'Go on without the lost keys' }).click();
    await page.getByRole('heading', { name: 'Sealed' }).waitFor();
    await makeKey(vault, 'A new start');
  });

  test('over plain http it says what to do', async () => {
    vault = await openVault(browser, profile, served.url);
    await vault.page.addInitScript(() => {
      Object.defineProperty(globalThis, 'isSecureContext', { value: false });
      Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });
    });
    await vault.page.reload();
    const alert = vault.page.locator('.failure');
    await alert.waitFor();
    assert.include(await alert.textContent(), 'InsecureContext');
    assert.include(await alert.textContent(), 'Open the vault over https');
  });
});
