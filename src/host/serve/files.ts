// The files that the command line names.
import { existsSync, readFileSync } from 'node:fs';
import { toBase64 } from '../../formats/base64.ts';
import { type Credential, checkCredential } from '../../http/sigv4/credentials.ts';
import { randomBytes } from '../../keys/random.ts';
import { UsageError } from './options.ts';

/** @throws UsageError which names the file, and no part of its content */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
}

/** @throws UsageError */
export function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would show a part of the file.
    throw new UsageError(`${file} is not JSON.`);
  }
}

/** @throws UsageError */
export function readCredentials(file: string): readonly Credential[] {
  const entries = readJson(file);
  if (!Array.isArray(entries) || entries.length === 0)
    throw new UsageError(`${file} must be a JSON array of credentials.`);
  return entries.map((entry: Record<string, unknown>, index) => {
    try {
      if (typeof entry !== 'object' || entry === null) throw new Error('a credential must be an object.');
      const { expiration, ...rest } = entry;
      const credential = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
      const end = expiration === undefined || expiration === null ? undefined : new Date(expiration as string);
      if (end && Number.isNaN(end.getTime())) throw new Error('expiration must be a date.');
      return checkCredential({ ...(credential as unknown as Credential), expiration: end });
    } catch (error) {
      throw new UsageError(`${file}, entry ${index + 1}: ${error instanceof Error ? error.message : 'no credential'}`);
    }
  });
}

/** A pair for the administrator of an account, in the form of AWS's own. */
export function newCredential(accountId: string): Credential {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const id = Array.from(randomBytes(16), (byte) => letters[byte % 32]).join('');
  return {
    accessKeyId: `AKIA${id}`,
    secretAccessKey: toBase64(randomBytes(30)),
    principalArn: `arn:aws:iam::${accountId}:user/administrator`,
    administrator: true,
  };
}

/** The service's clock: ahead by the seconds in a file, where there is one. */
export function clockOf(offsetFile: string | undefined): () => number {
  if (offsetFile === undefined) return Date.now;
  return () => {
    const seconds = existsSync(offsetFile) ? Number(readText(offsetFile).trim()) : 0;
    return Date.now() + Math.round((Number.isFinite(seconds) ? seconds : 0) * 1000);
  };
}
