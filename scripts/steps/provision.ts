// Makes sure that the browsers of the test matrix, the clients of AWS, and PostgreSQL, are on the machine. They come from Debian's packages.
import { existsSync } from 'node:fs';
import { attempt, run } from './run.ts';

interface Needed {
  file: string;
  packages: readonly string[];
}

const browsers: readonly Needed[] = [
  { file: '/usr/bin/chromium', packages: ['chromium'] },
  { file: '/usr/bin/firefox-esr', packages: ['firefox-esr'] },
  { file: '/usr/bin/WebKitWebDriver', packages: ['webkit2gtk-driver'] },
  { file: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', packages: ['webkit2gtk-driver'] },
  { file: '/usr/bin/Xvfb', packages: ['xvfb', 'xauth'] },
];

const clients: readonly Needed[] = [
  { file: '/usr/bin/aws', packages: ['awscli'] },
  { file: '/usr/lib/python3/dist-packages/boto3', packages: ['python3-boto3'] },
  { file: '/usr/lib/postgresql', packages: ['postgresql'] },
];

export const provisionBrowsers = (): Promise<void> => provision('browsers', browsers);
export const provisionClients = (): Promise<void> => provision('clients', clients);

async function provision(name: string, needed: readonly Needed[]): Promise<void> {
  const missing = needed.filter(({ file }) => !existsSync(file));
  if (missing.length > 0) {
    const packages = [...new Set(missing.flatMap((entry) => entry.packages))];
    console.log(`${name}: installing ${packages.join(', ')}`);
    const lock = ['-o', 'DPkg::Lock::Timeout=600'];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await attempt('apt-get', [...lock, 'update', '-qq'], { env });
    await run(name, 'apt-get', [...lock, 'install', '-y', '-qq', '--no-install-recommends', ...packages], {
      env,
    });
  }
  const absent = needed.filter(({ file }) => !existsSync(file)).map(({ file }) => file);
  if (absent.length > 0) throw new Error(`${name}: still missing after the install: ${absent.join(', ')}`);
}
