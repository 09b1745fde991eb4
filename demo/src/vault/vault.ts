// The vault: a key management service, rows, and places for files, opened together.
import { type Kms, type OpenKmsOptions, openKms } from 'keyhaven';
import { explain } from '../explain.ts';
import type { ItemView } from '../state.ts';
import { listNotes, type Notes, openNotes } from './notes.ts';
import { openPlaces, type Place, sweep } from './place.ts';
import { type ItemRow, openRows, type Rows } from './rows.ts';
import { sampleText } from './sample.ts';
import { openLabel } from './sealing.ts';

export interface Vault {
  readonly kms: Kms;
  readonly rows: Rows;
  readonly notes: Notes;
  readonly places: readonly [Place, ...Place[]];
}

type OnEvicted = NonNullable<OpenKmsOptions['onEvicted']>;

/** @param onEvicted `continue` goes on after the browser cleared keys: what was under them is lost, or comes back from a backup */
export const openKeys = (onEvicted: OnEvicted): Promise<Kms> => openKms({ name: 'vault', onEvicted });

/** What lies beside the keys. */
export async function openVault(kms: Kms, onEvicted: OnEvicted): Promise<Vault> {
  const rows = await openRows();
  const notes = await openNotes(kms, onEvicted);
  const places = await openPlaces(rows);
  await sweep(rows, places);
  return { kms, rows, notes, places };
}

/** All items, newest first, each with its label where its key opens it. */
export async function listItems({ kms, rows, notes }: Vault): Promise<ItemView[]> {
  const files = await Promise.all((await rows.getAll('items')).map((row) => viewOf(kms, row)));
  return [...files, ...(await listNotes(notes))].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

async function viewOf(kms: Kms, row: ItemRow): Promise<ItemView> {
  const { body } = row;
  const fixed = {
    id: row.id,
    kind: row.kind,
    keyId: row.keyId,
    createdAt: new Date(row.createdAt),
    storedSize: body.length,
    sample: sampleText(body.sample),
  };
  try {
    return { ...fixed, label: await openLabel(kms, row), problem: undefined };
  } catch (error) {
    return { ...fixed, label: undefined, problem: explain(error) };
  }
}

export async function rowOf({ rows }: Vault, id: string): Promise<ItemRow> {
  const row = await rows.get('items', id);
  if (!row) throw deleted();
  return row;
}

export const deleted = (): DOMException =>
  new DOMException('This item was deleted, perhaps in another tab.', 'NotFoundError');
