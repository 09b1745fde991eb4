// Making a key: material, record and count in one commit; the key is read back before anyone is told of it.
import { toBase64, toHex } from '../formats/bytes.ts';
import type { Draft } from '../keyring/draft.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { randomBytes } from '../keys/random.ts';
import { keyIdFromHex } from '../model/arn.ts';
import { LimitExceededException } from '../model/errors/index.ts';
import type { KeyRecord } from '../model/key-record.ts';
import type { KeyKind } from '../model/key-spec.ts';
import { readBack, secretKind } from './asymmetric.ts';
import { requireRoom } from './key-quota.ts';

export function newKeyId(isMultiRegion: boolean): string {
  const bytes = randomBytes(16);
  // UUID version 4 (RFC 9562, section 5.4).
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return keyIdFromHex(toHex(bytes), isMultiRegion);
}

/**
 * Makes material for a key and stores both. A key of origin EXTERNAL waits for its material.
 * @param beside what else belongs to the change; it may answer with the key that there is already
 * @param record puts the new key in the trail
 * @throws LimitExceededException, KeysNotKept
 */
export async function putNewKey(
  keyring: Keyring,
  template: Omit<KeyRecord, 'materials'>,
  beside: (draft: Draft) => Promise<KeyRecord | undefined> = async () => undefined,
  record: (draft: Draft, created: KeyRecord) => void = () => {},
): Promise<KeyRecord> {
  const { id } = template;
  const material = template.origin === 'EXTERNAL' ? undefined : await newMaterial(keyring, template, id);
  const key = await keyring.change(async (draft) => {
    const existing = await beside(draft);
    if (existing !== undefined) return existing;
    const keyringRecord = await draft.keyring();
    requireRoom(keyring, keyringRecord);
    const created: KeyRecord = {
      ...template,
      createdAt: draft.now,
      materials: material ? [{ id: material.id, createdAt: draft.now, ...material.publicHalf }] : [],
    };
    // A create never overwrites: reading first makes "there is no such key" a condition of the commit.
    if ((await draft.key(id)) !== undefined)
      throw new LimitExceededException('The random key id is in use. Try again.');
    await draft.putKey(created);
    if (material) draft.putMaterial(id, material.id, material.kept);
    await draft.putKeyring({ ...keyringRecord, keyCount: keyringRecord.keyCount + 1 });
    record(draft, created);
    return created;
  });
  if (material && key.id === id) await keyring.materials.confirm(id, () => readBack({ keyring }, key, material.id));
  return key;
}

/** Makes material of a key's kind, which nothing keeps yet. */
async function newMaterial({ materials }: Keyring, kind: KeyKind, keyId: string) {
  const secret = secretKind(kind);
  if (secret === undefined) return { ...(await materials.make(keyId)), publicHalf: {} };
  const { id, spki, kept } = await materials.makeSecret(secret, keyId);
  return { id, kept, publicHalf: spki === undefined ? {} : { publicKey: toBase64(spki) } };
}
