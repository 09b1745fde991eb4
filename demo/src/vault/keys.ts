// Keys as the page shows them. The name that a person gives is the key's description; its alias is made of the name.
import { AlreadyExistsException, type Kms, KmsError } from 'keyhaven';
import type { KeyView } from '../state.ts';
import { aliasOf } from './alias.ts';

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

/** @returns the id of the new key */
export async function makeKey(kms: Kms, name: string): Promise<string> {
  const AliasName = aliasOf(name) ?? `alias/key-${crypto.randomUUID().slice(0, 8)}`;
  // Taken names are refused before a key is made that would be left without one.
  if ((await listKeys(kms)).some((key) => key.alias === AliasName || key.name === name)) {
    throw new AlreadyExistsException(`There is a key "${name}", or its alias ${AliasName}, already.`);
  }
  const { KeyMetadata } = await kms.createKey({ Description: name });
  const TargetKeyId = KeyMetadata?.KeyId as string;
  await kms.createAlias({ AliasName, TargetKeyId });
  return TargetKeyId;
}
