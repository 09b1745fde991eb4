// `keyhaven serve`: puts credentials, store, services, log and HTTP together, and takes them apart again.
import { createFront } from '../../http/front.ts';
import { readHandlerOptions } from '../../http/options.ts';
import { accountOf } from '../../http/sigv4/credentials.ts';
import { memoryStore } from '../../store/memory.ts';
import type { Store } from '../../store/port.ts';
import { clockOf, newCredential, readCredentials } from './files.ts';
import { startHttpServer } from './http-server.ts';
import { type Log, openLog } from './log.ts';
import { type ServeOptions, UsageError } from './options.ts';
import { openRealms } from './realms.ts';
import { type RootKey, readRootKey } from './root-key.ts';
import { seed } from './seed.ts';

/** How long calls that are being answered may take when the service ends, in milliseconds. */
const patience = 5000;

export interface Serving {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves until it is closed.
 * @param say prints a line for the user
 * @throws UsageError
 */
export async function serve(options: ServeOptions, say: (line: string) => void): Promise<Serving> {
  const log = openLog(options.log);
  const credentials = options.credentialsFile
    ? readCredentials(options.credentialsFile)
    : [newCredential(options.accountId)];
  const { store, root } = await openStore(options, log);
  const realms = await openRealms({
    store,
    root,
    clock: clockOf(options.clockOffsetFile),
    trustClock: options.clockOffsetFile !== undefined,
    trail: options.trail,
  });
  // So that each account's keys are found by ciphertexts of others.
  for (const { principalArn } of credentials) realms.find({ accountId: accountOf(principalArn), region: 'us-east-1' });
  if (options.seedFile) await seed(options.seedFile, options.accountId, realms, log);

  const front = createFront(
    readHandlerOptions((scope) => realms.find(scope), { credentials, onCall: (record) => log.call(record) }),
  );
  const server = await startHttpServer(options.port, front, (error) =>
    log.event('failure', { message: error instanceof Error ? error.message : String(error) }),
  ).catch((cause: unknown) => {
    throw new UsageError(
      `Port ${options.port} cannot be used (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}).`,
      { cause },
    );
  });
  if (!options.credentialsFile)
    for (const { accessKeyId, secretAccessKey } of credentials)
      say(`AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  say(`listening on http://127.0.0.1:${server.port}`);
  log.event('listening', { port: server.port, store: options.storePath ?? 'memory' });
  return {
    port: server.port,
    async close() {
      log.event('closing');
      await server.close(patience);
      await realms.flush();
      await store.disconnect();
      log.event('closed');
      await log.end();
    },
  };
}

async function openStore(
  { storePath, rootKeyFile }: ServeOptions,
  log: Log,
): Promise<{ store: Store; root: CryptoKey | undefined }> {
  if (storePath === undefined) return { store: memoryStore(), root: undefined };
  const root: RootKey = await readRootKey(storePath, rootKeyFile);
  if (root.keptIn !== undefined)
    log.event('root-key-beside-store', {
      file: root.keptIn,
      message: 'No root key was given, so it lies beside the keys: whoever can read the folder can read them.',
    });
  const { lmdbStore } = await import('./lmdb-store.ts').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new UsageError('--store needs the package lmdb: npm install lmdb', { cause });
  });
  return { store: lmdbStore(storePath), root: root.key };
}
