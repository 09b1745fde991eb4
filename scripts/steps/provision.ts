// Makes sure that the browsers of the test matrix are on the machine. They come from Debian's packages.
import { existsSync } from 'node:fs';
import { attempt, run } from './run.ts';

const needed: readonly { file: string; packages: readonly string[] }[] = [
  { file: '/usr/bin/chromium', packages: ['chromium'] },
  { file: '/usr/bin/firefox-esr', packages: ['firefox-esr'] },
  { file: '/usr/bin/WebKitWebDriver', packages: ['webkit2gtk-driver'] },
  { file: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', packages: ['webkit2gtk-driver'] },
  { file: '/usr/bin/Xvfb', packages: ['xvfb', 'xauth'] },
];

export async function provisionBrowsers(): Promise<void> {
  const missing = needed.filter(({ file }) => !existsSync(file));
  if (missing.length > 0) {
    const packages = [...new Set(missing.flatMap((entry) => entry.packages))];
    console.log(`browsers: installing ${packages.join(', ')}`);
    const lock = ['-o', 'DPkg::Lock::Timeout=600'];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await attempt('apt-get', [...lock, 'update', '-qq'], { env });
    await run('browsers', 'apt-get', [...lock, 'install', '-y', '-qq', '--no-install-recommends', ...packages], {
      env,
    });
  }
  const absent = needed.filter(({ file }) => !existsSync(file)).map(({ file }) => file);
  if (absent.length > 0) throw new Error(`browsers: still missing after the install: ${absent.join(', ')}`);
}
