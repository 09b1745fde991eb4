// `keyhaven serve` as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KMS, type KMSClientConfig } from '@aws-sdk/client-kms';
import { testCredential } from './signer.ts';

export interface ServeProcess {
  readonly url: string;
  readonly pid: number;
  /** All that it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Sends a signal and waits for the end; gives the exit code, or the name of the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export const main = 'dist/host/serve/main.js';
/** The Node that this machine has (the library's oldest), and the pinned one. */
export const nodes: readonly string[] = [
  ...new Set([process.env['KEYHAVEN_STARTED_BY_NODE'] ?? process.execPath, process.execPath]),
];

export const everyone = [
  testCredential,
  {
    accessKeyId: 'AKIDSESSION',
    secretAccessKey: 'secret of a session',
    sessionToken: 'token/of+a session==',
    principalArn: 'arn:aws:sts::000000000000:assumed-role/tests/session',
    administrator: true,
  },
  {
    accessKeyId: 'AKIDNEIGHBOUR',
    secretAccessKey: 'secret of another account',
    principalArn: 'arn:aws:iam::111111111111:root',
    administrator: true,
  },
] as const;

/** Writes the credentials of the tests to a file of the folder. */
export function writeCredentials(folder: string): string {
  const file = join(folder, 'credentials.json');
  writeFileSync(file, JSON.stringify(everyone));
  return file;
}

/** Starts it and waits until it listens. With `KEYHAVEN_TEST_DEAF` in `env` nobody reads its log. */
export function startServe(
  node: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ServeProcess> {
  const child = spawn(node, [main, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let out = '';
  let errors = '';
  if (!('KEYHAVEN_TEST_DEAF' in env))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`keyhaven serve ended (${code}): ${errors}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const url = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(out)?.[1];
      if (url)
        resolve({
          url,
          pid: child.pid as number,
          stdout: () => out,
          stderr: () => errors,
          stop: (signal = 'SIGTERM') => stop(child, signal),
        });
    });
  });
}

function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> {
  return new Promise((resolve) => {
    const done = () => resolve(child.exitCode ?? child.signalCode ?? 'running');
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once('exit', done);
    child.kill(signal);
  });
}

export const newClient = (
  endpoint: string,
  more: KMSClientConfig = {},
  who: (typeof everyone)[number] = testCredential as never,
): KMS => new KMS({ endpoint, region: 'us-east-1', credentials: who, maxAttempts: 1, ...more });
