// The templates, installed: each as its user starts it, on data that stays between two starts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  binary,
  type Example,
  installExample,
  newSecret,
  type Running,
  tenantCredentials,
} from '../support/example.ts';
import { freePort } from '../support/free-port.ts';
import { startPostgres } from '../support/postgres.ts';

export interface Service {
  /** Starts it, or starts it again on the same data. */
  start(): Promise<Running>;
  remove(): Promise<void> | void;
}

export const offline: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: '1',
  NO_COLOR: '1',
};

/** @param isUnlimited for benchmarks: takes the template's limit of calls out */
export async function onCloudflare(credentials = tenantCredentials, isUnlimited = false): Promise<Service> {
  const example = await installExample('cloudflare');
  if (isUnlimited) takeRateOut(join(example.folder, 'src/worker.ts'));
  const secrets = [`ROOT_SECRET="${newSecret()}"`, `CREDENTIALS='${JSON.stringify(credentials)}'`];
  writeFileSync(join(example.folder, '.dev.vars'), secrets.join('\n'));
  return {
    async start() {
      const port = await freePort();
      const args = ['dev', '--ip', '127.0.0.1', '--port', `${port}`, '--inspector-port', `${await freePort()}`];
      return example.start(binary('wrangler'), args, offline, port);
    },
    remove: example.remove,
  };
}

export async function onDeno(credentials = tenantCredentials, isUnlimited = false): Promise<Service> {
  const example = await installExample('deno');
  if (isUnlimited) takeRateOut(join(example.folder, 'main.ts'));
  const settings = { ...newSettings(credentials), KEYHAVEN_KV: join(example.folder, 'kv') };
  // The package as it was packed, in place of the registry's.
  const args = ['run', '--no-lock', '--node-modules-dir=manual', '--unstable-kv', '--no-config'];
  const permissions = ['--allow-net', '--allow-env', '--allow-read', '--allow-write'];
  return {
    start: () => startOnPort(example, binary('deno'), [...args, ...permissions, 'main.ts'], settings),
    remove: example.remove,
  };
}

/** @param command the runtime */
export async function onPostgres(command: string): Promise<Service> {
  const database = await startPostgres();
  const example = await installExample('node', ['@hono/node-server', 'pg']);
  const settings = { ...newSettings(), DATABASE_URL: database.connectionString };
  return {
    start: () => startOnPort(example, command, ['server.js'], settings),
    async remove() {
      await database.stop();
      example.remove();
    },
  };
}

const newSettings = (credentials = tenantCredentials) => ({
  KEYHAVEN_ROOT_SECRET: newSecret(),
  KEYHAVEN_CREDENTIALS: JSON.stringify(credentials),
});

async function startOnPort(
  example: Example,
  command: string,
  args: readonly string[],
  settings: Record<string, string>,
): Promise<Running> {
  const port = await freePort();
  return example.start(command, args, { ...settings, PORT: `${port}` }, port);
}

function takeRateOut(file: string): void {
  const text = readFileSync(file, 'utf8');
  const without = text.replace(/^ *rate: .*$/m, '');
  if (without === text) throw new Error(`${file} has no rate`);
  writeFileSync(file, without);
}
