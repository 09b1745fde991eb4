// The root key, under which all key material in the files of the store is wrapped. Given by a file or the environment, or made
// once and kept beside the store: then whoever can read the folder can read the keys.
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, toBase64 } from '../../formats/base64.ts';
import { randomBytes } from '../../keys/random.ts';
import { readText } from './files.ts';
import { UsageError } from './options.ts';

export const rootKeyVariable = 'KEYHAVEN_ROOT_KEY';

export interface RootKey {
  readonly key: CryptoKey;
  /** The file that was made for it, or found beside the store, where none was given. */
  readonly keptIn: string | undefined;
}

/** @throws UsageError */
export async function readRootKey(storePath: string, file: string | undefined): Promise<RootKey> {
  makeFolder(storePath);
  const variable = process.env[rootKeyVariable];
  // Nothing that this process starts needs it.
  delete process.env[rootKeyVariable];
  if (file !== undefined) return { key: await importRoot(readText(file), file), keptIn: undefined };
  if (variable) return { key: await importRoot(variable, rootKeyVariable), keptIn: undefined };
  const kept = join(storePath, 'root-key');
  return { key: await importRoot(findOrMake(storePath, kept), kept), keptIn: kept };
}

function findOrMake(storePath: string, file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text !== '' || readdirSync(storePath).length > 1) return text;
    throw new UsageError(`${file} is empty, and nothing is wrapped under it: remove it, and a key is made.`);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw new UsageError(`${file} cannot be read.`, { cause });
  }
  if (readdirSync(storePath).length > 0)
    throw new UsageError(
      `${storePath} holds keys that were wrapped under a root key: give it with --root-key-file or ${rootKeyVariable}.`,
    );
  const text = `${toBase64(randomBytes(32))}\n`;
  try {
    // On the disk before anything is wrapped under it; never over another.
    const made = openSync(file, 'wx', 0o600);
    try {
      writeSync(made, text);
      fsyncSync(made);
    } catch (error) {
      // Nothing was wrapped under it, and half a key would be taken for one.
      unlinkSync(file);
      throw error;
    } finally {
      closeSync(made);
    }
  } catch (cause) {
    throw new UsageError(`${file} cannot be written (${codeOf(cause)}).`, { cause });
  }
  return text;
}

/** Names of keys, policies and the trail lie in the store in clear, whoever keeps the root key: they are nobody else's. */
function makeFolder(storePath: string): void {
  try {
    mkdirSync(storePath, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UsageError(`--store ${storePath} is no folder, and none can be made there (${codeOf(cause)}).`, {
      cause,
    });
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';

async function importRoot(text: string, source: string): Promise<CryptoKey> {
  const bytes = fromBase64(text.trim());
  if (bytes?.length !== 32) throw new UsageError(`${source} must be the base64 of 32 bytes.`);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt']);
  bytes.fill(0);
  return key;
}
