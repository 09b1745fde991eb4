// The pictures of docs/demo.md. A normal run makes them in a temporary folder; KEYHAVEN_SCREENSHOTS=1 writes them to
// docs/screenshots, where they must stay small.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { big, pdf, png } from './sample-files.ts';
import {
  addFile,
  buildVault,
  makeKey,
  type OpenVault,
  openVault,
  removeFolder,
  type Served,
  serveVault,
  temporaryFolder,
  writeNote,
} from './vault-page.ts';

const folder = temporaryFolder('screenshots');
const isKept = process.env['KEYHAVEN_SCREENSHOTS'] === '1';
const target = isKept ? 'docs/screenshots' : folder;
const mostBytes = 160_000;
let served: Served;

beforeAll(async () => {
  await buildVault(`${folder}/dist`);
  served = await serveVault(`${folder}/dist`);
});

afterAll(async () => {
  await served?.stop();
  removeFolder(folder);
});

const passphrase = 'four unrelated words here';

async function furnished(colorScheme: 'light' | 'dark'): Promise<OpenVault> {
  const meets = colorScheme === 'light' ? 'guide' : 'vault';
  const vault = await openVault('chromium', join(folder, colorScheme), served.url, { colorScheme, meets });
  const { page } = vault;
  if (colorScheme === 'light') {
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await shoot(vault, 'guide', 1120, 860);
    await page.getByRole('button', { name: 'Not now' }).click();
  }
  await makeKey(vault, 'Travel');
  await writeNote(vault, 'Ferry booking', 'Thursday, 07:40, cabin 214.');
  await page.getByRole('button', { name: 'Disable: Travel' }).click();
  await page.getByRole('button', { name: 'Enable: Travel' }).waitFor();
  await makeKey(vault, 'Family papers');
  await addFile(vault, big(folder, 24_300_000).path, 'backup.bin');
  await addFile(vault, pdf(folder).path, 'passport.pdf');
  await addFile(vault, png(folder).path, 'harbour.png');
  await writeNote(vault, 'Where the spare keys are', 'Under the third stone by the harbour wall.');
  await page.getByLabel('Title').fill('Numbers to call');
  await page.getByLabel('Note', { exact: true }).fill('Harbour master 555 0142\nBoatyard 555 0178');
  // Messages leave, the focus ring goes.
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.locator('.notice.good').waitFor({ state: 'hidden' });
  return vault;
}

async function shoot({ page }: OpenVault, name: string, width: number, height: number): Promise<void> {
  await page.setViewportSize({ width, height });
  const path = join(target, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled', scale: 'css' });
  const { size } = statSync(path);
  assert.isAbove(size, 10_000, name);
  if (isKept) assert.isBelow(size, mostBytes, name);
}

describe('screenshots', () => {
  test('by day: the vault, and a refused export', async () => {
    const vault = await furnished('light');
    const { page, context } = vault;
    await page.getByRole('button', { name: 'Try to export: Family papers' }).click();
    await page.locator('dialog dd').first().waitFor();
    await shoot(vault, 'export-refused', 1120, 780);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Set up recovery' }).click();
    await page.getByLabel('New passphrase').fill(passphrase);
    await page.getByRole('button', { name: 'Next: a code for paper' }).click();
    const code = (await page.locator('output.code').textContent()) ?? '';
    await page.getByLabel('Its last five characters').fill(code.slice(-5));
    await page.getByRole('button', { name: 'Protect the vault' }).click();
    await page.getByText('recovery code', { exact: true }).waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await shoot(vault, 'vault-light', 1120, 900);
    await shoot(vault, 'vault-phone', 390, 1240);
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByRole('heading', { name: 'The vault is locked' }).waitFor();
    await shoot(vault, 'locked', 1120, 560);
    await context.close();
  });

  test('by night: the vault, and a preview', async () => {
    const vault = await furnished('dark');
    await shoot(vault, 'vault-dark', 1120, 900);
    await vault.page.getByRole('button', { name: 'Open: harbour.png' }).click();
    await vault.page.getByRole('img', { name: 'Preview of harbour.png' }).waitFor();
    await shoot(vault, 'preview-dark', 1120, 780);
    await vault.context.close();
  });
});
