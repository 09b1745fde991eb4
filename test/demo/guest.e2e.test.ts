// A page on another origin uses a key of the vault page by consent, as `npm start` serves both.
import { assert } from 'chai';
import { type Browser, chromium, type Frame, firefox, type Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { serveDemo } from '../../scripts/steps/demo-servers.ts';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';
import { freePort } from '../support/free-port.ts';
import { removeFolder, temporaryFolder } from './vault-page.ts';

const folder = temporaryFolder('guest');
let ports: { app: undefined; vault: number; guest: number };
let servers: Awaited<ReturnType<typeof serveDemo>>;
beforeAll(async () => {
  ports = { app: undefined, vault: await freePort(), guest: await freePort() };
  servers = await serveDemo(ports, { app: '', vault: `${folder}/vault`, guest: `${folder}/guest` });
});
afterAll(async () => {
  await servers?.close();
  removeFolder(folder);
});

const vaultFrame = (page: Page): Frame => {
  const frame = page.frames().find((each) => each.url().startsWith(`http://localhost:${ports.vault}/`));
  if (frame === undefined) throw new Error('the vault is not in the page');
  return frame;
};

/** Presses the button of the question in the frame, and answers in the window of the vault. */
async function decide(page: Page, answer: 'Allow' | 'Refuse'): Promise<void> {
  const button = vaultFrame(page).getByRole('button', { name: /Decide$/ });
  const [popup] = await Promise.all([page.context().waitForEvent('page'), button.click()]);
  await popup.getByText(`http://localhost:${ports.guest}`).waitFor();
  const closed = popup.waitForEvent('close');
  // The window may be gone before its driver has seen the click through.
  await popup
    .getByRole('button', { name: answer })
    .click()
    .catch(() => {});
  await closed;
}

const usesOf = (page: Page): Promise<string[]> =>
  vaultFrame(page).evaluate(() => Array.from(document.querySelectorAll('#calls li'), (item) => item.textContent ?? ''));

for (const [name, launch] of [
  ['Chromium', () => chromium.launch(chromiumLaunch)],
  ['Firefox', () => firefox.launch({ ...firefoxLaunch, firefoxUserPrefs: { 'dom.disable_open_during_load': false } })],
] as const)
  describe(`a guest of the vault in ${name}`, () => {
    let browser: Browser;
    let page: Page;
    const errors: string[] = [];
    beforeAll(async () => {
      browser = await launch();
      page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(60_000);
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(`http://localhost:${ports.guest}/`);
    });
    afterAll(() => browser.close());

    const seal = async (text: string): Promise<void> => {
      await page.getByLabel('Your postcard').fill(text);
      await page.getByRole('button', { name: 'Seal it with my vault' }).click();
    };

    test('seals and opens once its user has allowed it in the window of the vault, also after a reload', async () => {
      await seal('Greetings from the harbour');
      await page.getByRole('status').filter({ hasText: 'The vault asks you' }).waitFor();
      await decide(page, 'Allow');
      await page.getByText('Sealed. The key did not leave').waitFor();
      assert.notInclude(await page.locator('#blob').textContent(), 'Greetings');
      await page.reload();
      await page.getByRole('button', { name: 'Open it again' }).click();
      await page.getByText('It says: Greetings from the harbour').waitFor();
    });

    test('gets no key, and its user sees who used what, also of earlier visits', async () => {
      await page.getByRole('button', { name: 'try to get the key' }).click();
      await page.locator('dd').nth(5).waitFor();
      if (process.env['KEYHAVEN_SCREENSHOTS'] === '1' && name === 'Chromium') {
        await vaultFrame(page).getByText('Who used what').click();
        await page.setViewportSize({ width: 1120, height: 940 });
        await page.evaluate(() => scrollTo(0, 0));
        await page.screenshot({ path: 'docs/screenshots/guest.png', animations: 'disabled', scale: 'css' });
      }
      const results = await page.locator('dd').allTextContents();
      assert.sameMembers([...new Set(results)], ['SecurityError', 'AccessDeniedException']);
      await page.reload();
      const guest = `http://localhost:${ports.guest}`;
      await vaultFrame(page).locator('#calls time').first().waitFor({ state: 'attached' });
      const uses = await usesOf(page);
      for (const [operation, outcome] of [
        ['Encrypt', 'done'],
        ['Decrypt', 'done'],
        ['PutKeyPolicy', 'AccessDenied'],
        ['ScheduleKeyDeletion', 'AccessDenied'],
      ] as const)
        assert.isTrue(
          uses.some((use) => use.includes(guest) && use.includes(operation) && use.includes(outcome)),
          `${operation} ${outcome} in\n${uses.join('\n')}`,
        );
    });

    test('is asked for again when its user has ended the consent', async () => {
      const frame = vaultFrame(page);
      await frame.getByText('What you allowed').click();
      await frame.getByRole('button', { name: 'End' }).click();
      await frame.getByRole('button', { name: 'End' }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Open it again' }).click();
      await decide(page, 'Refuse');
      await page.getByText('AccessDeniedException').first().waitFor();
      assert.deepEqual(errors, []);
    });
  });
