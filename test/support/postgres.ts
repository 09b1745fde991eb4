// A PostgreSQL of the tests' own: Debian's programs, a data folder that is made for it, and a port on loopback.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';

export interface Postgres {
  readonly connectionString: string;
  /** Ends it at once, as a machine that fails does. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Makes new tables in another folder, such as one on a disk of its own. */
  putTablesIn(folder: string): Promise<void>;
}

const root = '/usr/lib/postgresql';

function programs(): string {
  const [version] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  if (version === undefined)
    throw new Error('PostgreSQL is not installed: the clients step of `npm test` installs it.');
  return join(root, version, 'bin');
}

/** PostgreSQL refuses to run as root. */
const asUser = (command: string, args: string[]): [string, string[]] =>
  userInfo().uid === 0 ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, args];

function giveToServer(folder: string): void {
  if (userInfo().uid !== 0) return;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres']).toString()));
  chownSync(folder, uid ?? 0, gid ?? 0);
}

async function untilReady(connectionString: string): Promise<void> {
  for (const end = Date.now() + 30_000; ; ) {
    const client = new pg.Client({ connectionString });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export async function startPostgres(): Promise<Postgres> {
  const bin = programs();
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-postgres-'));
  giveToServer(folder);
  const data = join(folder, 'data');
  const [initdb, initdbArgs] = asUser(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N']);
  execFileSync(initdb, initdbArgs, { stdio: 'ignore', cwd: folder });
  const port = await freePort();
  const connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let running: ReturnType<typeof spawn> | undefined;

  async function start(): Promise<void> {
    const options = ['-D', data, '-h', '127.0.0.1', '-p', `${port}`, '-k', folder];
    const [command, args] = asUser(join(bin, 'postgres'), options);
    running = spawn(command, args, { stdio: 'ignore', cwd: folder });
    await untilReady(connectionString);
  }
  async function end(mode: 'immediate' | 'fast'): Promise<void> {
    const ended = new Promise((resolve) => running?.once('exit', resolve));
    const [command, args] = asUser(join(bin, 'pg_ctl'), ['-D', data, 'stop', '-m', mode]);
    execFileSync(command, args, { stdio: 'ignore', cwd: folder });
    await ended;
  }
  await start();
  return {
    connectionString,
    start,
    kill: () => end('immediate'),
    async putTablesIn(place) {
      giveToServer(place);
      const client = new pg.Client({ connectionString });
      await client.connect();
      await client.query(`CREATE TABLESPACE elsewhere LOCATION '${place}'`);
      await client.query('ALTER ROLE postgres SET default_tablespace = elsewhere');
      await client.end();
    },
    async stop() {
      await end('fast');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
