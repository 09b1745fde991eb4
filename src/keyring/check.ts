// Checking a keyring as a whole: every row by itself, against the rows that it belongs with, and all of them against the sums that the
// keyring's own row holds. What does not fit is named.
import { KmsError, StoreCorrupt } from '../model/errors/index.ts';
import type { AliasRecord, KeyRecord } from '../model/key-record.ts';
import type { Ref } from '../store/port.ts';
import { materialsOf } from './key-materials.ts';
import type { Keyring } from './keyring.ts';
import { isUnchanged, readSlots } from './root/slots.ts';
import { allRows, differing, digestedTables, digestOf, emptyDigest } from './row-digest.ts';
import { keyringRef, splitId } from './tables.ts';

export interface Finding {
  /** The row, such as `keys/000000000000/us-east-1/<key id>`. */
  row: string;
  /**
   * `changed`: it is not what was written there, or was moved there from elsewhere. `missing`: it was removed. `strange`: it belongs to
   * nothing. `outdated`: it, or another of the rows that are named so, is an older copy of what was there.
   */
  what: 'changed' | 'missing' | 'strange' | 'outdated';
}

export interface IntegrityReport {
  isWhole: boolean;
  findings: readonly Finding[];
  /** Changes of the keyring so far, for an anchor elsewhere; undefined where it has no root in slots, and does not count them. */
  generation: number | undefined;
}

/** Reads every row of the keyring, and uses all material. */
export async function checkKeyring(keyring: Keyring): Promise<IntegrityReport> {
  const findings: Finding[] = [];
  const add = (what: Finding['what'], { table, id }: Ref) => void findings.push({ row: `${table}/${id}`, what });
  const record = await keyring.change((draft) => draft.keyring());
  const keys = await decodeAll<KeyRecord>(keyring, 'keys', (ref) => add('changed', ref));
  const aliases = await decodeAll<AliasRecord>(keyring, 'aliases', (ref) => add('changed', ref));
  const grants = await decodeAll<{ keyId: string }>(keyring, 'grants', (ref) => add('changed', ref));
  const changed = new Set(findings.map(({ row }) => row));
  checkAliases(keys, aliases, changed, add);
  const count = keys.size + [...changed].filter((row) => row.startsWith('keys/')).length;
  if (count !== record.keyCount) add(count < record.keyCount ? 'missing' : 'strange', { table: 'keys', id: '*' });
  for (const [id, key] of keys) {
    const [found, wanted] = [
      [...grants.keys()].filter((grant) => grant.startsWith(`${id}/`)).length,
      key.grants?.count ?? 0,
    ];
    if (found !== wanted && findings.length === 0)
      add(found < wanted ? 'missing' : 'strange', { table: 'grants', id: `${id}/*` });
    for (const ref of await faultyMaterials(keyring, id, key)) add('changed', ref);
  }
  const marks = record.slots ?? [];
  const slots = await readSlots(keyring.parts.store);
  for (const { id } of marks) if (!slots.some(({ row }) => row.id === id)) add('missing', { table: 'slots', id });
  for (const { row } of slots) {
    const mark = marks.find(({ id }) => id === row.id);
    if (mark === undefined) add('strange', row);
    else if (!(await isUnchanged(mark, row))) add('changed', row);
  }
  if (keyring.parts.custody.kind === 'recoverable') {
    const { faultyCopies } = await import('./check-copies.ts');
    for (const { what, ref } of await faultyCopies(keyring, keys, marks))
      if (!findings.some(({ row }) => row === `${ref.table}/${ref.id}`)) add(what, ref);
  }
  if (keyring.parts.isCounted && findings.length === 0)
    for (const ref of await outdated(keyring, record.digest ?? emptyDigest())) add('outdated', ref);
  return { isWhole: findings.length === 0, findings, generation: record.generation };
}

/** @throws StoreCorrupt that names the rows which do not fit the sums of the keyring */
export async function requireWhole(keyring: Keyring): Promise<void> {
  const { codec, store } = keyring.parts;
  const { digest } = await keyring.change((draft) => draft.keyring());
  if ((await digestOf(codec, store)) === digest) return;
  // Another tab may have changed something between the two.
  const rows = await outdated(keyring, (await keyring.change((draft) => draft.keyring())).digest ?? emptyDigest());
  if (rows.length === 0) return;
  const names = rows.map(({ table, id }) => `${table}/${id}`).join(', ');
  throw new StoreCorrupt(
    `The rows do not fit together: one of ${names} is an older copy, or a row beside it is missing. Restore a backup, or open with onEvicted: 'continue' to accept what is there.`,
  );
}

/** Takes the rows as they are for right. */
export async function acceptRows(keyring: Keyring): Promise<void> {
  const { codec, store } = keyring.parts;
  await keyring.change(async (draft) => {
    const record = await draft.keyring();
    const digest = await digestOf(codec, store);
    if (digest !== record.digest) await draft.putKeyring({ ...record, digest });
  });
}

/** Rows of which one is an older copy; `*` where a row is gone. */
async function outdated(keyring: Keyring, digest: string): Promise<readonly Ref[]> {
  const { codec, store } = keyring.parts;
  const found = await digestOf(codec, store);
  const [row] = await store.read([keyringRef]);
  const now = row && (await codec.decode(keyringRef, row)).digest;
  if (found === digest || found === now) return [];
  const isSuspect = differing(found, digest);
  const suspects: Ref[] = [];
  for (const table of digestedTables)
    for await (const each of allRows(store, table)) if (isSuspect(each)) suspects.push({ table, id: each.id });
  return suspects.length > 0 ? suspects : [{ table: 'keys', id: '*' }];
}

async function decodeAll<T>(
  { parts: { store, codec } }: Keyring,
  table: 'keys' | 'aliases' | 'grants',
  onFault: (ref: Ref) => void,
): Promise<ReadonlyMap<string, T>> {
  const records = new Map<string, T>();
  for await (const row of allRows(store, table)) {
    const record = await codec.decodeOnce({ table: table as 'keys', id: row.id }, row).catch(onlyCorrupt);
    if (record === undefined) onFault(row);
    else records.set(row.id, record as T);
  }
  return records;
}

function onlyCorrupt(error: unknown): undefined {
  if (!(error instanceof StoreCorrupt)) throw error;
}

/** A key names its aliases, and each alias its key: where they differ one of the two is not of now. */
function checkAliases(
  keys: ReadonlyMap<string, KeyRecord>,
  aliases: ReadonlyMap<string, AliasRecord>,
  changed: ReadonlySet<string>,
  add: (what: Finding['what'], ref: Ref) => void,
): void {
  const placeOf = (id: string): string => id.slice(0, id.length - splitId(id).rest.length);
  for (const [id, alias] of aliases) {
    const key = keys.get(placeOf(id) + alias.keyId);
    if (key !== undefined && !key.aliases.includes(alias.name)) add('outdated', { table: 'aliases', id });
    if (key === undefined && !changed.has(`keys/${placeOf(id)}${alias.keyId}`))
      add('strange', { table: 'aliases', id });
  }
  for (const [id, key] of keys)
    for (const name of key.aliases) {
      const alias = placeOf(id) + name;
      if (!aliases.has(alias) && !changed.has(`aliases/${alias}`)) add('missing', { table: 'aliases', id: alias });
    }
}

/** Material that is missing or exchanged. */
async function faultyMaterials(keyring: Keyring, id: string, key: KeyRecord): Promise<readonly Ref[]> {
  const { scope } = splitId(id);
  const { materials } = keyring.at(scope);
  materials.forget(key.id);
  const faulty: Ref[] = [];
  const entries = [...key.materials, ...(key.next ? [key.next] : [])];
  for (const known of materialsOf(key)) {
    const entry = entries.find((each) => each.id === known.id);
    // Imported material that was deleted or has expired has no row.
    if (entry === undefined || entry.imported === false) continue;
    try {
      if (known.kind === undefined) await materials.prf(key.id, known.id);
      else await materials.secret(known.kind, key.id, entry);
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      faulty.push({ table: 'materials', id: `${id}/${known.id}` });
    }
  }
  return faulty;
}
