// A template of examples/ as its user has it: in a folder of its own, with the library as it would be published.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { installPackage } from '../../scripts/steps/package.ts';

export interface Example {
  readonly folder: string;
  /** Runs a program of the template until `close`; resolves when it answers on its port. */
  start(
    command: string,
    args: readonly string[],
    env: Record<string, string>,
    port: number,
    isReady?: (answer: Response | undefined) => boolean,
  ): Promise<Running>;
  remove(): void;
}

export interface Running {
  readonly url: string;
  readonly pid: number;
  /** Ends it, and gives what it printed. */
  stop(signal?: NodeJS.Signals): Promise<string>;
}

/** True where AWS KMS answers. */
const isService = (answer: Response | undefined): boolean =>
  answer?.headers.get('x-amzn-errortype') === 'MissingAuthenticationTokenException';

export const binary = (name: string): string => resolve('node_modules/.bin', name);

/** @param packages what the template's own package.json asks for beside the library */
export async function installExample(name: string, packages: readonly string[] = []): Promise<Example> {
  const folder = mkdtempSync(join(tmpdir(), `keyhaven-${name}-`));
  await installPackage(folder);
  cpSync(join('examples', name), folder, { recursive: true });
  for (const each of packages) {
    const place = join(folder, 'node_modules', each);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(resolve('node_modules', each), place);
  }
  return {
    folder,
    async start(command, args, env, port, isReady = isService) {
      const child = spawn(command, args, {
        cwd: folder,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      const ended = new Promise<void>((done) => child.once('close', () => done()));
      const url = `http://127.0.0.1:${port}`;
      for (const end = Date.now() + 60_000; ; ) {
        const answer = await fetch(url, { method: 'POST', body: '{}' }).catch(() => undefined);
        if (isReady(answer)) break;
        if (child.exitCode !== null || Date.now() > end) throw new Error(`${name} does not answer: ${output}`);
        await new Promise((next) => setTimeout(next, 100));
      }
      return {
        url,
        pid: child.pid as number,
        async stop(signal = 'SIGTERM') {
          // The whole group: wrangler runs workerd as a child.
          process.kill(-(child.pid as number), signal);
          await ended;
          return output;
        },
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface TenantCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principalArn: string;
  readonly administrator: true;
}

/** The credentials of a tenant: what the templates read from a secret. */
export const credentialOf = (accountId: string, index: number): TenantCredential => ({
  accessKeyId: `AKIDTENANT${index}`,
  secretAccessKey: `secret of tenant ${index}`,
  principalArn: `arn:aws:iam::${accountId}:user/app`,
  administrator: true,
});

export const tenantCredentials: readonly TenantCredential[] = ['111111111111', '222222222222'].map(credentialOf);

/** 32 random bytes, base64. */
export const newSecret = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
