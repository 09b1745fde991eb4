// The command line of `keyhaven serve`.
import { parseArgs } from 'node:util';

export const usage = `keyhaven serve: AWS KMS on this machine, for every client that speaks it

  keyhaven serve --memory                    keys end with the process
  keyhaven serve --store FOLDER              keys stay in FOLDER (needs the package lmdb)

  --port N                  port on 127.0.0.1 (default 4599; 0 takes a free one)
  --account ID              12 digits (default 000000000000): of the credentials that are made, and of --seed
  --credentials FILE        who may call: a JSON array of { accessKeyId, secretAccessKey, sessionToken?, expiration?,
                            principalArn, administrator }. Without it a pair is made and printed
  --root-key-file FILE      base64 of 32 bytes, under which everything in --store is wrapped. Or the environment variable
                            KEYHAVEN_ROOT_KEY. Without either a root key is made, in FOLDER/root-key
  --seed FILE               makes the keys and aliases of a JSON file that are not there yet
  --clock-offset-file FILE  seconds that the service's clock is ahead, read at each call (for tests)
  --trail MODE              grouped (default), strict or off: whether the record of a call is in the store at the latest
                            100 ms after its reply, before it, or not at all. Changes of keys carry theirs with them
  --log all|errors|none     JSON lines on standard error (default all)
  --help

Region and account of a call are those of its signature; each pair of the two has keys of its own.
Prints "listening on http://127.0.0.1:N" when it is ready. SIGTERM ends it when all calls are answered.
Point clients at it:  aws --endpoint-url http://127.0.0.1:4599 kms list-keys
`;

export type LogLevel = 'all' | 'errors' | 'none';

export interface ServeOptions {
  readonly port: number;
  readonly accountId: string;
  readonly credentialsFile: string | undefined;
  /** Undefined for --memory. */
  readonly storePath: string | undefined;
  readonly clockOffsetFile: string | undefined;
  readonly rootKeyFile: string | undefined;
  readonly seedFile: string | undefined;
  readonly trail: 'grouped' | 'strict' | 'off';
  readonly log: LogLevel;
}

/** What is wrong with the command line, or with a file that it names. */
export class UsageError extends Error {}

/** The options, or `help` where that was asked for. @throws UsageError */
export function readCommandLine(args: readonly string[]): ServeOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help || positionals[0] === 'help' || args.length === 0) return 'help';
  if (positionals.length !== 1 || positionals[0] !== 'serve')
    throw new UsageError(`There is one command, serve, and not "${positionals.join(' ')}".`);
  if ((values.memory === true) === (values.store !== undefined))
    throw new UsageError('Give either --memory or --store FOLDER.');
  const port = Number(values.port ?? 4599);
  if (!/^\d+$/.test(values.port ?? '0') || port > 65_535) throw new UsageError('--port must be 0 to 65535.');
  const accountId = values.account ?? '000000000000';
  if (!/^\d{12}$/.test(accountId)) throw new UsageError('--account must be 12 digits.');
  const log = values.log ?? 'all';
  if (log !== 'all' && log !== 'errors' && log !== 'none') throw new UsageError('--log must be all, errors or none.');
  const trail = values.trail ?? 'grouped';
  if (trail !== 'grouped' && trail !== 'strict' && trail !== 'off')
    throw new UsageError('--trail must be grouped, strict or off.');
  return {
    port,
    accountId,
    credentialsFile: values.credentials,
    storePath: values.store,
    clockOffsetFile: values['clock-offset-file'],
    rootKeyFile: values['root-key-file'],
    seedFile: values.seed,
    trail,
    log,
  };
}

function parse(args: readonly string[]) {
  try {
    const value = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: value,
        account: value,
        credentials: value,
        store: value,
        memory: flag,
        'clock-offset-file': value,
        'root-key-file': value,
        seed: value,
        trail: value,
        log: value,
        help: flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
