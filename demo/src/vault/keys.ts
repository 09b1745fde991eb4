// Keys as the page shows them. The name that a person gives is the key's description; its alias is made of the name.
import { type Kms, KmsError } from 'keyhaven';
import type { KeyView } from '../state.ts';

/** All keys, oldest first. */
export async function listKeys(kms: Kms): Promise<KeyView[]> {
  const aliases = new Map<string, string>();
  for (let Marker: string | undefined; ; ) {
    const page = await kms.listAliases({ Marker });
    for (const { TargetKeyId, AliasName } of page.Aliases ?? [])
      if (TargetKeyId && AliasName) aliases.set(TargetKeyId, AliasName);
    Marker = page.NextMarker;
    if (!Marker) break;
  }
  const keys: KeyView[] = [];
  for (let Marker: string | undefined; ; ) {
    const page = await kms.listKeys({ Marker });
    for (const { KeyId } of page.Keys ?? []) {
      const key = KeyId && (await viewOf(kms, KeyId, aliases.get(KeyId)));
      if (key) keys.push(key);
    }
    Marker = page.NextMarker;
    if (!Marker) break;
  }
  return keys.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

async function viewOf(kms: Kms, KeyId: string, alias: string | undefined): Promise<KeyView | undefined> {
  try {
    const { KeyMetadata } = await kms.describeKey({ KeyId });
    if (!KeyMetadata?.CreationDate) return undefined;
    return {
      id: KeyId,
      name: KeyMetadata.Description || alias?.replace('alias/', '') || 'Unnamed key',
      alias,
      state: KeyMetadata.KeyState as KeyView['state'],
      createdAt: KeyMetadata.CreationDate,
      deletionAt: KeyMetadata.DeletionDate,
    };
  } catch (error) {
    // Another tab may have deleted it between the list and this call.
    if (error instanceof KmsError && error.code === 'NotFoundException') return undefined;
    throw error;
  }
}

/** `Family papers` becomes `alias/family-papers`. */
export function aliasOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `alias/${slug}`;
}

/** @returns the id of the new key */
export async function makeKey(kms: Kms, name: string): Promise<string> {
  const AliasName = aliasOf(name);
  // Taken names are refused before a key is made that would be left without one.
  const taken = (await listKeys(kms)).some(({ alias }) => alias === AliasName);
  const TargetKeyId = taken ? undefined : (await kms.createKey({ Description: name })).KeyMetadata?.KeyId;
  if (TargetKeyId === undefined)
    throw Object.assign(new Error(`${AliasName} exists already.`), { code: 'AlreadyExistsException' });
  await kms.createAlias({ AliasName, TargetKeyId });
  return TargetKeyId;
}
