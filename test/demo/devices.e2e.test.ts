// A second browser profile added as a device, as a person does it: a code, a number that both show, a backup that the other one opens.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import {
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

const folder = temporaryFolder('devices');
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
const text = 'The spare key is with the neighbour.';

/** Takes the guide of the first run: a passphrase and a code. @returns the code */
async function protect({ page }: OpenVault): Promise<string> {
  await page.getByLabel('New passphrase').fill(passphrase);
  await page.getByRole('button', { name: 'Next: a code for paper' }).click();
  const code = (await page.locator('output.code').textContent()) ?? '';
  await page.getByLabel('Its last five characters').fill(code.slice(-5));
  await page.getByRole('button', { name: 'Protect the vault' }).click();
  await page.getByLabel('Name of a new key').waitFor();
  return code;
}

const section = ({ page }: OpenVault, name: string) => page.getByRole('region', { name });

/** What the page saves, as a file elsewhere. */
async function saved({ page }: OpenVault, name: string, click: () => Promise<void>): Promise<string> {
  await page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      Object.assign(globalThis, { saved: blob });
      return make(blob);
    };
  });
  await click();
  await page.waitForFunction(() => 'saved' in globalThis);
  const bytes = await page.evaluate(async () => {
    const { saved: blob } = globalThis as unknown as { saved: Blob };
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(bytes));
  return path;
}

describe.each<BrowserName>(['chromium', 'firefox'])('a second profile of %s', (browser) => {
  const profiles = [temporaryFolder(`old-${browser}`), temporaryFolder(`new-${browser}`)] as const;
  const complaints: string[] = [];
  const opened: OpenVault[] = [];
  afterAll(async () => {
    for (const { context } of opened) await context.close();
    for (const profile of profiles) removeFolder(profile);
  });

  test('is let in by a code and a number, opens the vault from a backup without the code on paper, and is revoked', async () => {
    const old = await openVault(browser, profiles[0], served.url, { meets: 'guide' });
    const young = await openVault(browser, profiles[1], served.url);
    opened.push(old, young);
    for (const { page } of opened)
      page.on('console', (message) => {
        if (/Content.Security.Policy|TrustedScript/.test(message.text())) complaints.push(message.text());
      });
    const paper = await protect(old);
    await makeKey(old, 'House');
    await writeNote(old, 'Spare keys', text);
    for (const { page } of opened) await page.goto(`${served.url}devices.html`);
    const [here, there] = [section(old, 'The vault is on this device'), section(young, 'This is the new device')];
    await there.getByLabel('Name of this device').fill('The laptop');
    await there.getByRole('button', { name: 'Show a code' }).click();
    const shown = there.getByLabel('Code for the other device');
    await shown.filter({ hasText: '-' }).waitFor();
    const code = (await shown.textContent()) ?? '';
    await here.getByLabel('Name of this device').fill('The phone');
    // As people type it.
    await here.getByLabel('Code that the other device shows').fill(code.toLowerCase().replaceAll('-', ' '));
    await here.getByLabel('Recovery code of the vault').fill(paper);
    await here.getByRole('button', { name: 'Let it in' }).click();
    const numbers = await Promise.all([here, there].map((each) => each.getByLabel('Number to compare').textContent()));
    assert.match(numbers[0] ?? '', /^\d{3} \d{4}$/);
    assert.equal(numbers[0], numbers[1]);
    for (const each of [here, there]) await each.getByRole('button', { name: 'They are the same' }).click();
    await here.getByText('“The laptop” opens backups of this vault from now on.').waitFor();
    assert.deepEqual(await here.getByRole('listitem').locator('span').allTextContents(), ['The laptop']);
    const backup = await saved(old, `${browser}.keyhaven`, () =>
      here.getByRole('button', { name: 'Save a backup' }).click(),
    );
    await there.getByLabel('Backup that the other device saved').setInputFiles(backup);
    await there.getByRole('button', { name: 'Open it here' }).click();
    await there.getByText('are here. Go back to the vault.').waitFor();
    await young.page.goto(served.url);
    await young.page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await young.page.keyboard.press('Enter');
    await young.page.getByRole('heading', { name: 'Spare keys' }).waitFor();
    assert.equal(await readNote(young, 'Spare keys'), text);

    await here.getByRole('button', { name: 'Revoke: The laptop' }).click();
    const after = (await here.getByLabel('New recovery code').textContent()) ?? '';
    assert.notEqual(after, paper);
    await here.getByLabel('Passphrase from now on', { exact: true }).fill('none of them were these');
    await here.getByLabel('Last five characters of the new code').fill(after.slice(-5));
    await here.getByRole('button', { name: 'Revoke it' }).click();
    await here.getByText('“The laptop” is out. 1 key got new material.').waitFor();
    assert.equal(await here.getByRole('listitem').count(), 0);
    await here.getByRole('button', { name: 'Save a backup' }).click();
    await here.getByText('The backup is saved.').waitFor();
    await old.page.goto(served.url);
    for (const [typed, then] of [
      [passphrase, old.page.getByText('UnlockFailed')],
      ['none of them were these', old.page.getByRole('heading', { name: 'Spare keys' })],
    ] as const) {
      await old.page.getByLabel('Passphrase', { exact: true }).fill(typed);
      await old.page.keyboard.press('Enter');
      await then.waitFor();
    }
    assert.equal(await readNote(old, 'Spare keys'), text);
    assert.deepEqual(complaints, []);
  });
});
