// Keys and aliases from a file, for tests and development: what is there already stays as it is.
import type { Kms } from '../../kms/kms.ts';
import { NotFoundException } from '../../model/errors/index.ts';
import { readJson } from './files.ts';
import type { Log } from './log.ts';
import { UsageError } from './options.ts';
import type { Realms } from './realms.ts';

/** A key as CreateKey takes it, with the names it shall have. An alias that exists means that the key is there already. */
interface SeedKey {
  readonly Aliases: readonly string[];
  readonly Region: string;
  readonly Account: string;
  readonly request: Record<string, unknown>;
}

/**
 * Makes the keys of a JSON file: `{ "Keys": [{ "Aliases": ["alias/a"], "Region"?, "Account"?, ...members of CreateKey }] }`.
 * @throws UsageError where the file is not one, or a key cannot be made
 */
export async function seed(file: string, accountId: string, realms: Realms, log: Log): Promise<void> {
  for (const { Aliases, Region, Account, request } of readSeed(file, accountId)) {
    const kms = await realms.find({ accountId: Account, region: Region });
    try {
      const found = await findKey(kms, Aliases);
      const keyId = found ?? (await kms.createKey(request)).KeyMetadata.KeyId;
      for (const AliasName of Aliases)
        if (!(await findKey(kms, [AliasName]))) await kms.createAlias({ AliasName, TargetKeyId: keyId });
      log.event('seed', { keyId, aliases: Aliases, region: Region, account: Account, isNew: found === undefined });
    } catch (cause) {
      throw new UsageError(`${file}: ${Aliases[0]}: ${cause instanceof Error ? cause.message : 'failed'}`, { cause });
    }
  }
}

async function findKey(kms: Kms, aliases: readonly string[]): Promise<string | undefined> {
  for (const KeyId of aliases) {
    try {
      return (await kms.describeKey({ KeyId })).KeyMetadata.KeyId;
    } catch (error) {
      if (!(error instanceof NotFoundException)) throw error;
    }
  }
  return undefined;
}

function readSeed(file: string, accountId: string): SeedKey[] {
  const content = readJson(file) as { Keys?: unknown } | null;
  const keys = content?.Keys;
  if (!Array.isArray(keys)) throw new UsageError(`${file} must be an object with a list of Keys.`);
  return keys.map((key: Record<string, unknown>, index) => {
    const { Aliases, Region = 'us-east-1', Account = accountId, ...request } = key;
    if (!Array.isArray(Aliases) || Aliases.length === 0 || Aliases.some((name) => typeof name !== 'string'))
      throw new UsageError(`${file}: key ${index + 1} needs Aliases, by which it is found again.`);
    return { Aliases, Region: String(Region), Account: String(Account), request };
  });
}
