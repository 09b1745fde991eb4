// The rows of a keyring that go into a backup. Each is proved before: one that was damaged would keep all others from being taken back,
// when nothing else is left.
import type { BackupEntry } from '../../formats/backup.ts';
import { copyOf, type Kept } from '../../keys/custody.ts';
import { importMaterial, prfOf } from '../../keys/material.ts';
import { isIntact, type KnownMaterial } from '../../keys/rekeep.ts';
import { KeyUndecryptable, StoreCorrupt } from '../../model/errors/index.ts';
import type { Row } from '../../store/port.ts';
import { ifKnown } from '../format.ts';
import { keptOf, materialsOf } from '../key-materials.ts';
import type { Keyring } from '../keyring.ts';
import { isWrapped, splitMaterialId } from '../root/unwrapped.ts';
import { RowCodec } from '../row-codec.ts';
import { allRows, digestedTables } from '../row-digest.ts';
import { copyRef, keyringRef, macKeyLabel, macKeyRef, materialRef, splitId } from '../tables.ts';

/**
 * All rows but the keyring's own. Material is what lies under the root, whatever the mode.
 * @param onDamaged told of material that does not open under the root, or is not what its record names: it is left out
 * @throws StoreCorrupt where a record, or the key that authenticates all of them, was damaged
 */
export async function* soundRows(keyring: Keyring, onDamaged: (id: string) => void): AsyncGenerator<BackupEntry> {
  const { store, codec, custody } = keyring.parts;
  const known = new Map<string, KnownMaterial>();
  for (const table of digestedTables)
    for await (const row of allRows(store, table)) {
      const { id, value } = row;
      // What a newer version wrote goes along as it is.
      const record = await ifKnown(codec.decodeOnce({ table: table as 'keys', id }, row));
      if (table === 'keys' && record !== undefined)
        for (const each of materialsOf(record)) known.set(materialRef(splitId(id).scope, record.id, each.id).id, each);
      yield { table, id, value };
    }
  for await (const row of allRows(store, 'uses'))
    if (await codec.isGenuine(row, row.value)) yield { table: 'uses', id: row.id, value: row.value };
  const seen = new Set<string>();
  for await (const rows of inBatches(allRows(store, 'materials'))) {
    const copies = await store.read(rows.map(copyRef));
    const sound = rows.map(async (row, index): Promise<BackupEntry | undefined> => {
      const { id } = row;
      seen.add(id);
      const kept = keptOf(row, copies[index]);
      const material = known.get(id);
      if (id === macKeyRef.id) await requireOwnKey(keyring, kept);
      else if (splitMaterialId(id) === undefined || !isWrapped(kept)) return undefined;
      else if (material !== undefined && !(await isIntact(custody, material, kept))) {
        onDamaged(id);
        return undefined;
      }
      return { table: 'materials', id, value: copyOf(kept) ?? kept.value };
    });
    for (const entry of await Promise.all(sound)) if (entry) yield entry;
  }
  // Copies whose material was lost: taken back, they give it back.
  for await (const { id, value } of allRows(store, 'copies')) {
    const material = seen.has(id) ? undefined : known.get(id);
    const kept = { value: new Uint8Array(0), copy: value };
    if (material && (await isIntact(custody, material, kept))) yield { table: 'materials', id, value };
  }
}

/** So many at once that the platform's threads have work, and not more. */
async function* inBatches(rows: AsyncIterable<Row>): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < 50) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** @throws StoreCorrupt */
async function requireOwnKey(keyring: Keyring, kept: Kept): Promise<void> {
  if (await isOwnKey(keyring, kept)) return;
  throw new StoreCorrupt(
    "The copy of the keyring's own key is missing or was changed from outside, and no backup could be read without it: kms.upgrade to another mode and back makes a new one.",
  );
}

/** Whether what lies under the root of the keyring's own key is the key that its rows are authenticated by. */
export async function isOwnKey({ parts: { store, codec, custody } }: Keyring, kept: Kept): Promise<boolean> {
  const [row] = await store.read([keyringRef]);
  const bytes = isWrapped(kept)
    ? await custody.release(macKeyLabel, kept, 'material').catch(onlyUndecryptable)
    : undefined;
  if (row === undefined || bytes === undefined) return false;
  try {
    const { value }: Row = row;
    const own = new RowCodec(prfOf(await importMaterial(bytes)));
    return (await codec.isGenuine(keyringRef, value)) && (await own.isGenuine(keyringRef, value));
  } finally {
    bytes.fill(0);
  }
}

function onlyUndecryptable(error: unknown): undefined {
  if (!(error instanceof KeyUndecryptable)) throw error;
}
