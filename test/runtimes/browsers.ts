// How the tests start Debian's browsers. Playwright is pinned to the last version that still drives Firefox ESR over
// WebDriver BiDi (channel `moz-firefox`).
import type { LaunchOptions } from 'playwright';

export const chromiumLaunch: LaunchOptions = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
};

export const firefoxLaunch: LaunchOptions = { channel: 'moz-firefox', executablePath: '/usr/bin/firefox-esr' };
