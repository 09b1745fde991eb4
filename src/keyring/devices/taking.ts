// Taking keys that another device sent: all of them in one commit, or none. A key that is here already, as a replica of the same
// primary, gets what material is new; all else of it stays as it is.
import type { PortableKey } from '../../formats/device-parcel.ts';
import type { Kept } from '../../keys/custody.ts';
import { keepKnown } from '../../keys/rekeep.ts';
import { keyArn } from '../../model/arn.ts';
import type { DeviceRecord } from '../../model/device-record.ts';
import { AlreadyExistsException } from '../../model/errors/index.ts';
import { elsewhereOf, type KeyRecord, type MaterialEntry } from '../../model/key-record.ts';
import { isPrimary } from '../../model/multi-region.ts';
import type { Draft } from '../draft.ts';
import { materialsOf } from '../key-materials.ts';
import type { Keyring } from '../keyring.ts';
import type { KeyringRecord } from '../tables.ts';
import { deviceOf, withDevice, withoutDevice } from './registry.ts';

/** A key of which the material lies as this keyring keeps it, and nothing is written yet. */
interface Prepared {
  readonly record: KeyRecord;
  readonly materials: readonly { readonly id: string; readonly kept: Kept }[];
}

export interface TakingRules {
  /** Proves that material can be used. */
  readonly readBack: (key: KeyRecord, materialId: string) => Promise<unknown>;
  /** Throws where a keyring has no room for one more key. */
  readonly requireRoom: (record: KeyringRecord) => void;
}

export interface Taken {
  /** Ids of keys that are new here. */
  readonly added: readonly string[];
  /** Ids of keys that were here. */
  readonly updated: readonly string[];
}

/**
 * @param from the other device
 * @throws AlreadyExistsException where a key of that id is here and is no replica of it; KeyUndecryptable; KeysNotKept; LimitExceededException
 */
export async function takeKeys(
  keyring: Keyring,
  from: DeviceRecord,
  keys: readonly PortableKey[],
  { readBack, requireRoom }: TakingRules,
): Promise<Taken> {
  const prepared: Prepared[] = [];
  for (const key of keys) prepared.push(await prepare(keyring, key));
  const { written, known } = await keyring.change((draft) => write(draft, from, prepared, requireRoom));
  try {
    for (const { key, ids } of written)
      for (const id of ids) await keyring.materials.confirm(key.id, () => readBack(key, id));
  } catch (error) {
    await keyring.change((draft) => undo(draft, known ?? from.id, written));
    for (const { key } of written) keyring.materials.forget(key.id);
    throw error;
  }
  const names = (isNew: boolean) => written.filter(({ before }) => (before === undefined) === isNew);
  return { added: names(true).map(({ key }) => key.id), updated: names(false).map(({ key }) => key.id) };
}

async function prepare({ parts: { custody }, now }: Keyring, key: PortableKey): Promise<Prepared> {
  const { materials: given, regions, rotation, ...rest } = key;
  const record: KeyRecord = {
    ...rest,
    createdAt: now,
    isEnabled: true,
    deletionAt: null,
    isMultiRegion: true,
    aliases: [],
    rotation,
    regions,
    materials: given.map(({ entry }) => entry),
  };
  const materials = [];
  for (const known of materialsOf(record)) {
    const bytes = given.find(({ entry }) => entry.id === known.id)?.bytes;
    if (bytes !== undefined) materials.push({ id: known.id, kept: await keepKnown(custody, known, bytes) });
  }
  return { record, materials };
}

interface Written {
  readonly key: KeyRecord;
  readonly before: KeyRecord | undefined;
  /** Material that is new. */
  readonly ids: readonly string[];
}

async function write(
  draft: Draft,
  from: DeviceRecord,
  prepared: readonly Prepared[],
  requireRoom: TakingRules['requireRoom'],
): Promise<{ readonly written: readonly Written[]; readonly known: DeviceRecord | undefined }> {
  const written: Written[] = [];
  for (const { record, materials } of prepared) {
    const before = await draft.key(record.id);
    const key = withElsewhere(
      before === undefined ? { ...record, createdAt: draft.now } : updated(before, record, draft),
      draft,
    );
    const old = new Set(before?.materials.map(({ id }) => id));
    const fresh = materials.filter(({ id }) => !old.has(id));
    for (const { id, kept } of fresh) draft.putMaterial(key.id, id, kept);
    await draft.putKey(key);
    draft.recordOwn(before === undefined ? 'CreateKey' : 'SynchronizeMultiRegionKey', key.id, null);
    written.push({ key, before, ids: fresh.map(({ id }) => id) });
  }
  const keyring = await draft.keyring();
  const added = written.filter(({ before }) => before === undefined).length;
  if (added > 0) requireRoom({ ...keyring, keyCount: keyring.keyCount + added - 1 });
  const known = deviceOf(keyring, from.id);
  await draft.putKeyring(withDevice({ ...keyring, keyCount: keyring.keyCount + added }, again(known, from)));
  return { written, known };
}

/** Whoever revokes it from now on begins anew: it may have what was rotated since a revoking that was cut off. */
function again(known: DeviceRecord | undefined, from: DeviceRecord): DeviceRecord {
  if (known === undefined) return from;
  const { revokingSince: _, ...rest } = known;
  return { ...rest, name: from.name, state: 'added' };
}

/** The other Regions of the key lie elsewhere, but for those that this store has. */
function withElsewhere(key: KeyRecord, { scope }: Draft): KeyRecord {
  const { primary, replicas } = key.regions ?? { primary: '', replicas: [] };
  return {
    ...key,
    regions: { primary, replicas, elsewhere: [primary, ...replicas].filter((region) => region !== scope.region) },
  };
}

/** @throws AlreadyExistsException where the key here is another one, or its own primary */
function updated(before: KeyRecord, sent: KeyRecord, { scope }: Draft): KeyRecord {
  const isSame =
    before.spec === sent.spec &&
    before.usage === sent.usage &&
    before.origin === sent.origin &&
    !isPrimary(before, scope) &&
    before.regions !== undefined &&
    before.regions !== null &&
    elsewhereOf(before.regions).includes(before.regions.primary) &&
    before.materials.every(({ id }) => sent.materials.some((entry) => entry.id === id));
  if (!isSame)
    throw new AlreadyExistsException(
      `The key ${keyArn(scope, before.id)} already exists here, and is no replica of the one that was sent.`,
    );
  // Imported material that was imported here stays so.
  const here = new Map<string, MaterialEntry>(before.materials.map((entry) => [entry.id, entry]));
  const materials = sent.materials.map((entry) => here.get(entry.id) ?? entry);
  return { ...before, materials, rotation: sent.rotation ?? null, regions: sent.regions ?? null };
}

/** @param device what was known of it before, or its id where nothing was */
async function undo(draft: Draft, device: DeviceRecord | string, written: readonly Written[]): Promise<void> {
  let removed = 0;
  for (const { key, before, ids } of written) {
    for (const id of ids) draft.removeMaterial(key.id, id);
    if (before !== undefined) await draft.putKey(before);
    else if ((await draft.keyEvenIfDue(key.id)) !== undefined) {
      draft.removeKey(key.id);
      removed++;
    }
  }
  const record = await draft.keyring();
  const kept = { ...record, keyCount: record.keyCount - removed };
  await draft.putKeyring(typeof device === 'string' ? withoutDevice(kept, device) : withDevice(kept, device));
}
