// The first commands of each template's README, as they stand there: from nothing to the first encrypted byte.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Example, installExample } from '../support/example.ts';
import { freePort } from '../support/free-port.ts';
import { startPostgres } from '../support/postgres.ts';
import { offline, patch } from './places.ts';

/** The commands of the first block. */
function commandsOf(readme: string): string[] {
  const block = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  return block.trim().split('\n');
}

/** What is installed already is not installed again, and `npx` finds it. */
function toolsFor({ folder }: Example): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const npm = `#!/bin/sh\n[ "$1" = install ] && exit 0\nPATH=\${PATH#*:} exec npm "$@"\n`;
  for (const [name, script] of [
    ['npm', npm],
    ['npx', '#!/bin/sh\nexec "$@"\n'],
  ] as const) {
    writeFileSync(join(bin, name), script);
    chmodSync(join(bin, name), 0o755);
  }
  return [bin, resolve('node_modules/.bin'), process.env['PATH']].join(':');
}

/** Runs the commands in one shell, and waits for the service where it was put in the background. Gives what the last one printed. */
async function runAll(example: Example, commands: readonly string[], port: number, env: Record<string, string>) {
  const ready = `until curl -s -o /dev/null http://127.0.0.1:${port}; do sleep 0.1; done`;
  const lines = commands.flatMap((line) =>
    line.endsWith('&') ? [`${line.slice(0, -1)} > log 2>&1 &`, ready] : [line],
  );
  const script = ['set -e', ...lines.slice(0, -1), 'echo RESULT', lines.at(-1), 'kill -- -$$'].join('\n');
  const child = spawn('bash', ['-c', script], {
    cwd: example.folder,
    env: { ...process.env, ...offline, ...env, PATH: toolsFor(example), PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), 90_000);
  await new Promise((done) => child.once('close', done));
  clearTimeout(timer);
  const result = out.split('RESULT\n')[1];
  if (!result) throw new Error(`${out}\n${errors}\n${readFileSync(join(example.folder, 'log'), 'utf8')}`);
  return JSON.parse(result) as { CiphertextBlob: string; KeyId: string };
}

async function follow(
  name: string,
  packages: readonly string[],
  adapt: (lines: string[], port: number, example: Example) => string[] | Promise<string[]>,
): Promise<void> {
  const example = await installExample(name, packages);
  try {
    const port = await freePort();
    const commands = commandsOf(readFileSync(join('examples', name, 'README.md'), 'utf8'));
    assert.equal(commands.length, 5);
    const { CiphertextBlob, KeyId } = await runAll(example, await adapt(commands, port, example), port, {});
    assert.match(KeyId, /^arn:aws:kms:us-east-1:000000000000:key\//);
    assert.isAbove(Buffer.from(CiphertextBlob, 'base64').length, 40);
  } finally {
    example.remove();
  }
}

describe('the first five commands of a README', () => {
  test('encrypt on Deno', async () => {
    await follow('deno', [], (lines, port, { folder }) => {
      // The package as it was packed, in place of the registry's.
      patch(join(folder, 'deno.json'), [[/"imports": \{[^}]*\}/, '"nodeModulesDir": "manual"']]);
      return ['export KEYHAVEN_KV=kv', ...lines.map((line) => line.replace('8000', String(port)))];
    });
  }, 120_000);

  test('encrypt on Node and PostgreSQL', async () => {
    const database = await startPostgres();
    try {
      await follow('node', ['@hono/node-server', 'pg'], (lines, port) =>
        lines.map((line) =>
          line.replace('8080', String(port)).replace('postgres://user@localhost/db', database.connectionString),
        ),
      );
    } finally {
      await database.stop();
    }
  }, 120_000);

  test('encrypt in workerd', async () => {
    await follow('cloudflare', [], async (lines, port) => {
      const inspector = await freePort();
      return lines.map((line) =>
        line
          .replace('8787', String(port))
          .replace('wrangler dev', `wrangler dev --ip 127.0.0.1 --port ${port} --inspector-port ${inspector}`),
      );
    });
  }, 120_000);
});
