// The templates, installed, and `keyhaven serve`: each as its user starts it, on data that stays between two starts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { lmdbStore } from '../../src/host/serve/lmdb-store.ts';
import { readRootKey } from '../../src/host/serve/root-key.ts';
import { openKms, type Store, type TrailReport } from '../../src/index.ts';
import { postgresStore } from '../../src/store/postgres.ts';

import { rootFromSecret } from '../../src/unlock/index.ts';
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
import { startServe } from '../support/serve-process.ts';

export interface Service {
  /** Starts it, or starts it again on the same data. */
  start(): Promise<Running>;
  /** Whether the trail of the first tenant is whole, by the store and not by the service. Nobody may be calling. */
  verifyTrail(running: Running): Promise<TrailReport>;
  remove(): Promise<void> | void;
}

const accountId = '111111111111';

/** Opens a store of the first tenant from outside. */
async function reportOn(store: Store, root: CryptoKey): Promise<TrailReport> {
  const kms = await openKms({ store, root, accountId });
  const report = await kms.trail.verify();
  await kms.destroy();
  return report;
}

export const offline: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: '1',
  NO_COLOR: '1',
};

/**
 * @param isUnlimited for benchmarks: takes the template's limit of calls out
 * @param data folder of the data; in the template's own where it is left out
 * @param adapt changes the template
 */
export async function onCloudflare(
  credentials = tenantCredentials,
  isUnlimited = false,
  data?: string,
  adapt: (folder: string) => void = () => {},
): Promise<Service> {
  const example = await installExample('cloudflare');
  adapt(example.folder);
  const worker = join(example.folder, 'src/worker.ts');
  if (isUnlimited) takeRateOut(worker);
  showTrail(worker);
  const secrets = [`ROOT_SECRET="${newSecret()}"`, `CREDENTIALS='${JSON.stringify(credentials)}'`];
  writeFileSync(join(example.folder, '.dev.vars'), secrets.join('\n'));
  return {
    async start() {
      const port = await freePort();
      const args = ['dev', '--ip', '127.0.0.1', '--port', `${port}`, '--inspector-port', `${await freePort()}`];
      if (data !== undefined) args.push('--persist-to', data);
      return example.start(binary('wrangler'), args, offline, port);
    },
    verifyTrail: async ({ url }) => (await fetch(`${url}/trail`)).json() as Promise<TrailReport>,
    remove: example.remove,
  };
}

/** @param data folder of the data; in the template's own where it is left out */
export async function onDeno(credentials = tenantCredentials, isUnlimited = false, data?: string): Promise<Service> {
  const example = await installExample('deno');
  if (isUnlimited) takeRateOut(join(example.folder, 'main.ts'));
  const settings = { ...newSettings(credentials), KEYHAVEN_KV: join(data ?? example.folder, 'kv') };
  // The package as it was packed, in place of the registry's.
  const args = ['run', '--no-lock', '--node-modules-dir=manual', '--unstable-kv', '--no-config'];
  const permissions = ['--allow-net', '--allow-env', '--allow-read', '--allow-write'];
  writeFileSync(join(example.folder, 'trail.ts'), denoTrail);
  return {
    start: () => startOnPort(example, binary('deno'), [...args, ...permissions, 'main.ts'], settings),
    async verifyTrail() {
      const options = { cwd: example.folder, env: { ...process.env, ...settings } };
      return JSON.parse(execFileSync(binary('deno'), [...args, ...permissions, 'trail.ts'], options).toString());
    },
    remove: example.remove,
  };
}

export interface PostgresService extends Service {
  readonly connectionString: string;
  readonly rootSecret: string;
  /** Another deployment on the same database. @param adapt changes its copy of the built library */
  beside(adapt: (dist: string) => void): Promise<Pick<Service, 'start' | 'remove'>>;
}

/**
 * @param command the runtime
 * @param data folder of the data; among the server's own where it is left out
 */
export async function onPostgres(command: string, data?: string): Promise<PostgresService> {
  const database = await startPostgres();
  if (data !== undefined) await database.putTablesIn(data);
  const install = () => installExample('node', ['@hono/node-server', 'pg']);
  const example = await install();
  const settings = { ...newSettings(), DATABASE_URL: database.connectionString };
  return {
    connectionString: database.connectionString,
    rootSecret: settings.KEYHAVEN_ROOT_SECRET,
    async beside(adapt) {
      const other = await install();
      adapt(join(other.folder, 'node_modules/keyhaven/dist'));
      return { start: () => startOnPort(other, command, ['server.js'], settings), remove: other.remove };
    },
    start: () => startOnPort(example, command, ['server.js'], settings),
    async verifyTrail() {
      const pool = new pg.Pool({ connectionString: database.connectionString });
      const root = await rootFromSecret(settings.KEYHAVEN_ROOT_SECRET);
      return reportOn(postgresStore(pool, { name: accountId }), root).finally(() => pool.end());
    },
    async remove() {
      await database.stop();
      example.remove();
    },
  };
}

/** `keyhaven serve` over LMDB. */
export async function onServe(node: string, credentials = tenantCredentials, data?: string): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-serve-'));
  const [store, file] = [join(data ?? folder, 'store'), join(folder, 'credentials.json')];
  writeFileSync(file, JSON.stringify(credentials));
  return {
    async start() {
      const { url, pid, stop } = await startServe(node, ['--store', store, '--credentials', file, '--log', 'none']);
      return { url, pid, stop: async (signal) => String(await stop(signal)) };
    },
    verifyTrail: async () => reportOn(lmdbStore(store), (await readRootKey(store, undefined)).key),
    remove: () => rmSync(folder, { recursive: true, force: true }),
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

/** Says in Deno what `reportOn` says here. */
const denoTrail = `
import { openKms } from 'keyhaven';
import { denoKvStore } from 'keyhaven/store/deno-kv';
import { rootFromSecret } from 'keyhaven/unlock';
const kv = await Deno.openKv(Deno.env.get('KEYHAVEN_KV'));
const root = await rootFromSecret(Deno.env.get('KEYHAVEN_ROOT_SECRET'));
const kms = await openKms({ store: denoKvStore(kv, { name: '${accountId}' }), root, accountId: '${accountId}' });
console.log(JSON.stringify(await kms.trail.verify()));
await kms.destroy();
kv.close();
`;

/** Nobody but the object sees its storage, so it is asked itself: by a way in that the template does not have. */
const showTrail = (file: string): void =>
  patch(file, [
    [
      '  override alarm() {',
      '  async trail() {\n    return (await this.#keyring.kms()).trail.verify();\n  }\n  override alarm() {',
    ],
    [
      '  fetch(request: Request, env: Env) {',
      `  async fetch(request: Request, env: Env) {
    if (new URL(request.url).pathname === '/trail') return Response.json(await keyringOf(env, '${accountId}').trail());`,
    ],
  ]);

const takeRateOut = (file: string): void => patch(file, [[/^ *rate: .*$/m, '']]);

/** Changes a text file. @throws Error where there is nothing to change */
export function patch(file: string, changes: readonly (readonly [string | RegExp, string])[]): void {
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${file} has no ${from}`);
    text = changed;
  }
  writeFileSync(file, text);
}
