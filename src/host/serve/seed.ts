// Keys and aliases from a file, for tests and development: what is there already stays as it is.
import type { Kms } from '../../kms/kms.ts';
import { NotFoundException } from '../../model/errors/index.ts';
import { readJson } from './files.ts';
import type { Log } from './log.ts';
import { UsageError } from './options.ts';
import type { Realms } from './realms.ts';

/** A key as CreateKey takes it, with the id and the names it shall have: where one of them exists, the key is there already. */
interface SeedKey {
  readonly KeyId: string | undefined;
  readonly Aliases: readonly string[];
  readonly Region: string;
  readonly Account: string;
  readonly request: Record<string, unknown>;
}

/**
 * Makes the keys of a JSON file: `{ "Keys": [{ "KeyId"?, "Aliases"?: ["alias/a"], "Region"?, "Account"?, ...members of
 * CreateKey }] }`, with a KeyId or an alias at least.
 * @throws UsageError where the file is not one, or a key cannot be made
 */
export async function seed(file: string, accountId: string, realms: Realms, log: Log): Promise<void> {
  for (const { KeyId, Aliases, Region, Account, request } of readSeed(file, accountId)) {
    const kms = realms.find({ accountId: Account, region: Region });
    try {
      const found = await findKey(kms, KeyId === undefined ? Aliases : [KeyId]);
      realms.nameNextKey(found === undefined ? KeyId : undefined);
      const keyId = found ?? (await kms.createKey(request)).KeyMetadata.KeyId;
      for (const AliasName of Aliases)
        if (!(await findKey(kms, [AliasName]))) await kms.createAlias({ AliasName, TargetKeyId: keyId });
      log.event('seed', { keyId, aliases: Aliases, region: Region, account: Account, isNew: found === undefined });
    } catch (cause) {
      throw new UsageError(`${file}: ${KeyId ?? Aliases[0]}: ${cause instanceof Error ? cause.message : 'failed'}`, {
        cause,
      });
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
    const { KeyId, Aliases = [], Region = 'us-east-1', Account = accountId, ...request } = key;
    const hasName = KeyId === undefined ? (Aliases as unknown[]).length > 0 : typeof KeyId === 'string';
    if (!Array.isArray(Aliases) || Aliases.some((name) => typeof name !== 'string') || !hasName)
      throw new UsageError(`${file}: key ${index + 1} needs a KeyId or Aliases, by which it is found again.`);
    return { KeyId: KeyId as string | undefined, Aliases, Region: String(Region), Account: String(Account), request };
  });
}
