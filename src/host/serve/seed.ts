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
 * CreateKey }], "Aliases"?: [{ "AliasName", "TargetKeyId" }] }`, with a KeyId or an alias at least; or the keys of local-kms.
 * @throws UsageError where the file is not one, or a key cannot be made
 */
export async function seed(file: string, accountId: string, realms: Realms, log: Log): Promise<void> {
  for (const { KeyId, Aliases, Region, Account, request } of readSeed(file, accountId)) {
    try {
      const kms = realms.find({ accountId: Account, region: Region });
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

type Members = Record<string, unknown>;
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readSeed(file: string, accountId: string): SeedKey[] {
  const content = readJson(file);
  if (!isObject(content)) throw new UsageError(`${file} must be an object with Keys.`);
  const keys = Array.isArray(content['Keys']) ? content['Keys'] : keysOfLocalKms(file, content['Keys']);
  const named = aliasesByKey(file, content['Aliases'] ?? []);
  for (const [index, key] of keys.entries())
    if (!isObject(key)) throw new UsageError(`${file}: key ${index + 1} must be an object.`);
  const ids = new Set(keys.map(({ KeyId }) => KeyId));
  for (const keyId of named.keys())
    if (!ids.has(keyId))
      throw new UsageError(`${file}: ${named.get(keyId)?.[0]} is for the key ${keyId}, which is not in it.`);
  return keys.map((key: Members, index) => {
    const { KeyId, Aliases = [], Region = 'us-east-1', Account = accountId, ...request } = key;
    const hasName = KeyId === undefined ? (Aliases as unknown[]).length > 0 : typeof KeyId === 'string';
    if (!Array.isArray(Aliases) || Aliases.some((name) => typeof name !== 'string') || !hasName)
      throw new UsageError(`${file}: key ${index + 1} needs a KeyId or Aliases, by which it is found again.`);
    return {
      KeyId: KeyId as string | undefined,
      Aliases: [...(Aliases as string[]), ...(named.get(KeyId) ?? [])],
      Region: String(Region),
      Account: String(Account),
      request,
    };
  });
}

/** `"Aliases": [{ "AliasName": "alias/a", "TargetKeyId": "..." }]`. */
function aliasesByKey(file: string, aliases: unknown): Map<unknown, string[]> {
  const byKey = new Map<unknown, string[]>();
  if (!Array.isArray(aliases)) throw new UsageError(`${file}: Aliases must be a list.`);
  for (const alias of aliases) {
    const { AliasName, TargetKeyId } = isObject(alias) ? alias : {};
    if (typeof AliasName !== 'string' || typeof TargetKeyId !== 'string')
      throw new UsageError(`${file}: each of Aliases needs an AliasName and a TargetKeyId.`);
    byKey.set(TargetKeyId, [...(byKey.get(TargetKeyId) ?? []), AliasName]);
  }
  return byKey;
}

/**
 * Keys as local-kms has them in a seed: `{ "Symmetric": { "Aes": [{ "Metadata": { "KeyId", "Description"? }, "BackingKeys"? }] } }`.
 * Its backing keys are AES keys and its ciphertexts are its own, so such a key gets material of keyhaven; a private key that is
 * given would have to be kept as it is, so that is refused.
 */
function keysOfLocalKms(file: string, keys: unknown): Members[] {
  if (!isObject(keys)) throw new UsageError(`${file} must be an object with a list of Keys.`);
  return Object.values(keys).flatMap((families) =>
    Object.values(isObject(families) ? families : {}).flatMap((list) =>
      (Array.isArray(list) ? list : []).map((key: unknown) => {
        const { Metadata, PrivateKeyPem, NextKeyRotation: _ } = isObject(key) ? key : {};
        if (!isObject(Metadata)) throw new UsageError(`${file}: each key needs Metadata with a KeyId.`);
        if (PrivateKeyPem !== undefined)
          throw new UsageError(
            `${file}: ${String(Metadata['KeyId'])}: private keys are not taken from a seed: import them.`,
          );
        return Metadata;
      }),
    ),
  );
}
