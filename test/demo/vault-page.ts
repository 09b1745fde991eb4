// The built vault app, served, and a browser on it with a profile of its own that outlives the browser.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrowserContext, chromium, firefox, type Page } from 'playwright';
import { build, type PreviewServer, preview } from 'vite';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';

export type BrowserName = 'chromium' | 'firefox';

const configFile = 'demo/vite.config.ts';

export const temporaryFolder = (name: string): string => mkdtempSync(join(tmpdir(), `keyhaven-${name}-`));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

/** Builds the app into a folder of its own. */
export async function buildVault(outDir: string): Promise<void> {
  await build({ configFile, logLevel: 'warn', build: { outDir } });
}

export interface Served {
  readonly url: string;
  stop(): Promise<void>;
  /** At the same address as before: an origin is its address. */
  start(): Promise<void>;
}

export async function serveVault(outDir: string): Promise<Served> {
  const serve = (port: number) =>
    preview({
      configFile,
      logLevel: 'warn',
      build: { outDir },
      preview: { port, strictPort: port !== 0, host: 'localhost' },
    });
  let server: PreviewServer | undefined = await serve(0);
  const { port } = server.httpServer.address() as { port: number };
  return {
    url: `http://localhost:${port}/`,
    async stop() {
      await server?.close();
      server = undefined;
    },
    async start() {
      server ??= await serve(port);
    },
  };
}

export interface OpenVault {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses that the page asked for. */
  readonly requests: string[];
  /** Clicks something that saves a file, and gives the file. */
  saved(name: string, length: number, click: () => Promise<void>): Promise<Buffer>;
}

const firefoxPrefs = {
  // Playwright turns off what would write open pages and half-typed forms to the profile. A person's browser does write them.
  'browser.sessionstore.resume_from_crash': true,
  'browser.sessionstore.interval': 500,
  'browser.sessionstore.privacy_level': 0,
  // The panel would take the focus from the page.
  'browser.download.alwaysOpenPanel': false,
};

/** What a person meets first: the guide of the first run, or what its `Not now` leads to, or a locked vault. */
export type Meets = 'guide' | 'vault' | 'locked';

export async function meet(page: Page, what: Meets): Promise<void> {
  const name = page.getByLabel('Name of a new key');
  const notNow = page.getByRole('button', { name: 'Not now' });
  if (what === 'locked') return page.getByRole('heading', { name: 'The vault is locked' }).waitFor();
  if (what === 'guide') return notNow.waitFor();
  await name.or(notNow).first().waitFor();
  if (await notNow.isVisible()) await notNow.click();
  await name.waitFor();
}

/** Starts a browser on a profile folder, at the vault. */
export async function openVault(
  name: BrowserName,
  profile: string,
  url: string,
  { colorScheme = 'light', meets = 'vault' }: { colorScheme?: 'light' | 'dark'; meets?: Meets } = {},
): Promise<OpenVault> {
  const downloadsPath = temporaryFolder('downloads');
  const options = {
    viewport: { width: 1280, height: 860 },
    downloadsPath,
    ...(name === 'chromium' ? { colorScheme } : {}),
  };
  const context =
    name === 'chromium'
      ? await chromium.launchPersistentContext(profile, { ...chromiumLaunch, ...options })
      : await firefox.launchPersistentContext(profile, {
          ...firefoxLaunch,
          ...options,
          firefoxUserPrefs: firefoxPrefs,
        });
  const requests: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  context.on('close', () => removeFolder(downloadsPath));
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  await meet(page, meets);
  return {
    page,
    context,
    requests,
    async saved(fileName, length, click) {
      if (name === 'chromium') {
        const [download] = await Promise.all([page.waitForEvent('download'), click()]);
        return readFileSync(await download.path());
      }
      // Playwright does not learn of this download in Firefox, but told Firefox where to put it.
      const path = join(downloadsPath, fileName);
      rmSync(path, { force: true });
      await click();
      for (let attempt = 0; attempt < 600; attempt++) {
        if (existsSync(path) && statSync(path).size === length && !existsSync(`${path}.part`))
          return readFileSync(path);
        await sleep(100);
      }
      throw new Error(`${fileName} was not saved`);
    },
  };
}

export async function makeKey({ page }: OpenVault, name: string): Promise<void> {
  await page.getByLabel('Name of a new key').fill(name);
  await page.getByRole('button', { name: 'Make key' }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}

export async function writeNote({ page }: OpenVault, title: string, text: string): Promise<void> {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Note', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Encrypt note' }).click();
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
}

/** @returns milliseconds until the file is on the list */
export async function addFile({ page }: OpenVault, path: string, name: string): Promise<number> {
  const started = performance.now();
  await page.locator('#files').setInputFiles(path);
  await page.getByRole('heading', { name, exact: true }).waitFor();
  return performance.now() - started;
}

/** Opens a note, and gives its text. */
export async function readNote({ page }: OpenVault, title: string): Promise<string> {
  await page.getByRole('button', { name: `Open: ${title}` }).click();
  const text = await page.locator('dialog pre').textContent();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  return text ?? '';
}
