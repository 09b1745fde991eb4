// Brings what was put in before the vault had a root under material that a backup holds: each old key gets new material, and every
// label, file and note is wrapped anew under it. Contents are not touched. Cut off, it begins again and goes on.
import type { Kms } from 'keyhaven';
import { rewrapHeader } from 'keyhaven/streams';
import { placeOf } from './place.ts';
import type { ItemRow } from './rows.ts';
import { contextOf } from './sealing.ts';
import type { Vault } from './vault.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const mark = 'vault-renewal';

/** Remembers a renewal that was begun, so that one that was cut off is taken up. */
export const renewalMark = {
  isSet: (): boolean => localStorage.getItem(mark) !== null,
  set: (): void => localStorage.setItem(mark, 'begun'),
  clear: (): void => localStorage.removeItem(mark),
};

/** A header of a stream is no longer than this. */
const headerRoom = 8192;

/** @returns ids of keys that could not be used now, such as disabled ones: what is under them stays as it was */
export async function renew(vault: Vault, keyIds: readonly string[]): Promise<readonly string[]> {
  const { kms, notes, rows } = vault;
  const left: string[] = [];
  renewalMark.set();
  for (const KeyId of keyIds) {
    const { KeyMetadata } = await kms.describeKey({ KeyId });
    if (KeyMetadata.KeyState !== 'Enabled') {
      left.push(KeyId);
      continue;
    }
    if (await isOld(kms, KeyId)) await kms.rotateKeyOnDemand({ KeyId });
    for (const row of await rows.getAll('items')) if (row.keyId === KeyId) await renewFile(vault, row);
  }
  await notes.rewrap();
  renewalMark.clear();
  return left;
}

/** Whether new ciphertexts of a key would be under material that only this device has. */
async function isOld(kms: Kms, KeyId: string): Promise<boolean> {
  const { unwrapped = [] } = await kms.protection();
  const { CurrentKeyMaterialId = '' } = (await kms.describeKey({ KeyId })).KeyMetadata;
  return unwrapped.some((each) => each.KeyId === KeyId && each.KeyMaterialIds.includes(CurrentKeyMaterialId));
}

async function renewFile({ kms, rows, places }: Vault, row: ItemRow): Promise<void> {
  const { id, kind, keyId, label, body } = row;
  const context = contextOf(id, kind, 'label');
  const { CiphertextBlob } = await kms.reEncrypt({
    CiphertextBlob: label,
    DestinationKeyId: keyId,
    SourceEncryptionContext: context,
    DestinationEncryptionContext: context,
  });
  const read = await placeOf(places, body.at).read(id, body.length);
  const front = body.header ?? (await read(0, Math.min(headerRoom, body.length)));
  const header = await rewrapHeader(kms, front, { KeyId: keyId, EncryptionContext: contextOf(id, kind, 'body') });
  await rows.put('items', { ...row, label: CiphertextBlob as Bytes, body: { ...body, header } });
}
