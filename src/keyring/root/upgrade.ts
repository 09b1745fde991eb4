// Moving a keyring from one mode to another: all material goes to the custody of the new mode, in one commit. Material that the platform
// made and gives to nobody stays where it is, so that no ciphertext is lost.
import { type Custody, deviceCustody } from '../../keys/custody.ts';
import { deviceMethod } from '../../keys/device-method.ts';
import { prfOf } from '../../keys/material.ts';
import { recoverableCustody } from '../../keys/recoverable-custody.ts';
import { rekeep } from '../../keys/rekeep.ts';
import { importRoot, newRoot } from '../../keys/root.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { wrappedCustody } from '../../keys/wrapped-custody.ts';
import {
  DependencyTimeoutException,
  KeysNotKept,
  KeyUndecryptable,
  StoreEvicted,
  ValidationException,
} from '../../model/errors/index.ts';
import type { KeyRecord } from '../../model/key-record.ts';
import type { Bytes } from '../../model/shape.ts';
import type { Check, Put, Write } from '../../store/port.ts';
import { keptOf, materialsOf, materialWrites } from '../key-materials.ts';
import type { Keyring } from '../keyring.ts';
import { RowCodec } from '../row-codec.ts';
import { advanceDigest, type Changed, digestedTables, emptyDigest } from '../row-digest.ts';
import {
  copyRef,
  type KeyringRecord,
  keyringRef,
  macKeyLabel,
  macKeyRef,
  materialRef,
  type SlotMark,
  splitId,
} from '../tables.ts';
import { rekeyTrail } from '../trail/rekey.ts';
import { WholeStore } from '../whole-store.ts';
import { type Mode, modeOf } from './mode.ts';
import { openRoot } from './slot-changes.ts';
import { makeSlot, newSlotId } from './slots.ts';
import { mostSlots, slotsFor } from './slots-of-mode.ts';
import { splitMaterialId } from './unwrapped.ts';

/** How the rows of a keyring are moved under another root, or out of one. */
export interface Move {
  /** Makes a new key to authenticate the rows with, whether or not the old one could be kept. */
  readonly isRekeyed: boolean;
  /** What else changes in the keyring's own row. */
  readonly adjust: (record: KeyringRecord) => KeyringRecord;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface UpgradePlan {
  readonly to: Mode;
  /** Methods that get a slot beside those there are. */
  readonly slots: readonly UnlockMethod[];
  /** Opens the root where there is one, and the device's own slot does not. */
  readonly by: UnlockMethod | undefined;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** The new root, or the one there is, with the slots of the new mode. */
export interface Rooted {
  readonly custody: Custody;
  readonly marks: readonly SlotMark[] | undefined;
  readonly puts: readonly Put[];
  /** Ids of slots that go. */
  readonly gone: readonly string[];
}

/** @returns what the keyring is opened with from now on @throws ValidationException, KeysNotKept, UnlockFailed */
export async function upgradeKeyring(keyring: Keyring, plan: UpgradePlan): Promise<Custody> {
  const { store } = keyring.parts;
  const before = await keyring.change((draft) => draft.keyring());
  requirePossible(before, plan, store.holdsCryptoKeys);
  // Once, whatever happens: people are asked for their finger here.
  const rooted = await rootFor(keyring, before, plan);
  return moveKeyring(keyring, rooted, { isRekeyed: false, adjust: (record) => record, onProgress: plan.onProgress });
}

/**
 * Moves all rows in one commit.
 * @returns what the keyring is opened with from now on
 * @throws DependencyTimeoutException; StoreCorrupt where another tab moved the keyring, and it has to be opened again
 */
export async function moveKeyring(keyring: Keyring, rooted: Rooted, how: Move): Promise<Custody> {
  const { store, fence } = keyring.parts;
  for (let tries = 0; tries < 20; tries++) {
    // Material is moved from where it lies: another tab may have moved it to another custody since the keyring was opened here.
    await fence.renew();
    const opened = fence.check;
    const whole = await WholeStore.read(store);
    const { checks, writes } = await move(keyring, whole, rooted, how);
    if (whole.get(macKeyRef)?.version !== opened.version) continue;
    if (await store.commit([...whole.checks, ...checks], writes, 'strict')) return rooted.custody;
  }
  throw new DependencyTimeoutException('Other tabs changed the keyring all the time. Nothing was changed; try again.');
}

function requirePossible(record: KeyringRecord, { to, slots, by }: UpgradePlan, holdsCryptoKeys: boolean): void {
  const from = modeOf(record);
  if (from === to) throw new ValidationException(`The keyring is ${to} already.`);
  if (from === 'locked' && record.slots === undefined)
    throw new ValidationException('The root of this keyring was given to openKms as `root`: it has no slots to move.');
  if (to !== 'locked' && !holdsCryptoKeys)
    throw new KeysNotKept('This store cannot hold a CryptoKey, so the keyring stays locked.');
  if (to === 'device' && slots.length > 0) throw new ValidationException('slots go with a root, and device has none.');
  if (from === 'locked' && by === undefined && (to === 'recoverable' || slots.length > 0))
    throw new ValidationException('by must be a method that opens one of the slots: the root is written from there.');
  if (from === 'device') slotsFor(to, slots);
}

async function rootFor(keyring: Keyring, record: KeyringRecord, plan: UpgradePlan): Promise<Rooted> {
  const marks = record.slots ?? [];
  if (plan.to === 'device')
    return { custody: deviceCustody, marks: undefined, puts: [], gone: marks.map(({ id }) => id) };
  const kept = marks.filter(({ kind }) => kind !== 'device');
  const methods = plan.to === 'recoverable' ? [deviceMethod, ...withoutDevice(plan.slots)] : withoutDevice(plan.slots);
  // Slots beyond these would not be read.
  if (kept.length + methods.length > mostSlots)
    throw new ValidationException(
      `A keyring has at most ${mostSlots} slots, that of the device with them: it has ${kept.length} already. Remove some, or pass fewer slots.`,
    );
  const bytes = record.slots === undefined ? newRoot() : await rootBytesOf(keyring, record, plan);
  try {
    const root = await importRoot(bytes);
    const made = [];
    for (const method of methods)
      made.push(await makeSlot(method, { keyring: record.id, slot: newSlotId(), createdAt: keyring.now }, bytes));
    return {
      custody: plan.to === 'locked' ? wrappedCustody(root) : recoverableCustody(async () => root),
      marks: [...kept, ...made.map(({ mark }) => mark)],
      puts: made.map(({ put }) => put),
      gone: marks.filter(({ kind }) => kind === 'device').map(({ id }) => id),
    };
  } finally {
    bytes.fill(0);
  }
}

const withoutDevice = (methods: readonly UnlockMethod[]) => methods.filter(({ kind }) => kind !== 'device');

const rootBytesOf = (keyring: Keyring, { custody }: KeyringRecord, { by }: UpgradePlan): Promise<Bytes> =>
  openRoot(keyring, by ?? (custody === 'recoverable' ? deviceMethod : undefined));

async function move(
  keyring: Keyring,
  whole: WholeStore,
  rooted: Rooted,
  how: Move,
): Promise<{ readonly checks: readonly Check[]; readonly writes: readonly Write[] }> {
  const { codec, custody: from, log, store } = keyring.parts;
  // What waits is written under the key that it began with.
  await log?.flush();
  const [row, macRow] = [whole.get(keyringRef), whole.get(macKeyRef)];
  if (row === undefined || macRow === undefined) throw new StoreEvicted('The storage was cleared during the upgrade.');
  const record = await codec.decode(keyringRef, row);
  const macKept = keptOf(macRow, whole.get(copyRef(macKeyRef)));
  const macKey = how.isRekeyed ? await newMacKey(rooted.custody) : await moveMacKey(from, rooted.custody, macKept);
  const next = macKey.codec ?? codec;
  const writes: Write[] = [...materialWrites(macKeyRef, macKey.kept), ...rooted.puts];
  for (const id of rooted.gone) writes.push({ table: 'slots', id });
  const keys = [...whole.table('keys')];
  for (const [index, each] of keys.entries()) {
    const key = await codec.decodeOnce({ table: 'keys', id: each.id }, each);
    writes.push(...(await moveMaterials(whole, splitId(each.id).scope, key, from, rooted.custody)));
    how.onProgress({ done: index + 1, total: keys.length });
  }
  // Wrapping keys of imports that were begun: they lie as the old mode had them, and can be asked for again.
  for (const { id } of whole.table('materials'))
    if (id !== macKeyRef.id && splitMaterialId(id) === undefined) writes.push({ table: 'materials', id });
  const rows = await authenticated(whole, codec, macKey.codec);
  writes.push(...rows.flatMap(({ ref, after }) => (macKey.codec && after ? [{ ...ref, value: after }] : [])));
  const moved = how.adjust(await recordOf(record, rooted, next, rows));
  writes.push({ ...keyringRef, value: await next.encode(keyringRef, moved) });
  if (macKey.codec === undefined) return { checks: [], writes };
  const trail = await rekeyTrail(store, codec, macKey.codec);
  return { checks: trail.checks, writes: [...writes, ...trail.writes] };
}

/** The key that authenticates the rows. Where the platform gives it to nobody there is a new one, and all rows are written anew. */
async function moveMacKey(from: Custody, to: Custody, kept: Parameters<Custody['release']>[1]) {
  const bytes = await from.release(macKeyLabel, kept, 'material').catch((error: unknown) => {
    // Its copy was damaged.
    if (error instanceof KeyUndecryptable) return undefined;
    throw error;
  });
  try {
    if (bytes !== undefined) return { kept: (await to.keep(macKeyLabel, bytes)).kept, codec: undefined };
  } finally {
    bytes?.fill(0);
  }
  return newMacKey(to);
}

async function newMacKey(to: Custody) {
  const made = await to.make(macKeyLabel);
  return { kept: made.kept, codec: new RowCodec(prfOf(made.material)) };
}

async function moveMaterials(
  whole: WholeStore,
  scope: ReturnType<typeof splitId>['scope'],
  key: KeyRecord,
  from: Custody,
  to: Custody,
): Promise<readonly Write[]> {
  const writes: Write[] = [];
  for (const known of materialsOf(key)) {
    const ref = materialRef(scope, key.id, known.id);
    const [row, copy] = [whole.get(ref), whole.get(copyRef(ref))];
    if (row === undefined && copy === undefined) continue;
    // The copy alone gives it back.
    const kept = row ? keptOf(row, copy) : { value: new Uint8Array(0), copy: copy?.value };
    const moved = await rekeep(from, to, known, kept);
    // What cannot be moved stays as it is, and opens as it did. A copy that was damaged does not say any more that there is one.
    if (moved !== undefined) writes.push(...materialWrites(ref, moved));
    else if (copy !== undefined) writes.push(copyRef(ref));
  }
  return writes;
}

/** All records, and what they are under a new key where there is one. */
async function authenticated(
  whole: WholeStore,
  old: RowCodec,
  next: RowCodec | undefined,
): Promise<readonly Changed[]> {
  const rows: Changed[] = [];
  for (const table of [...digestedTables, 'uses'] as const)
    for (const row of whole.table(table)) {
      const ref = { table: table as 'keys', id: row.id };
      const after = next ? await next.encode(ref, await old.decodeOnce(ref, row)) : row.value;
      rows.push({ ref, before: undefined, after });
    }
  return rows;
}

async function recordOf(
  record: KeyringRecord,
  { custody, marks }: Rooted,
  codec: RowCodec,
  rows: readonly Changed[],
): Promise<KeyringRecord> {
  const { slots: _, generation, digest: __, backup, ...rest } = record;
  if (marks === undefined) return { ...rest, custody: custody.kind };
  const digested = rows.filter(({ ref }) => digestedTables.includes(ref.table));
  return {
    ...rest,
    ...(backup === undefined ? {} : { backup }),
    custody: custody.kind,
    slots: marks,
    generation: (generation ?? 0) + 1,
    digest: await advanceDigest(codec, emptyDigest(), digested),
  };
}
