// Wrapping all material anew, while it is in use: row by row, each with a compare-and-swap. A row tells by itself whether it was done,
// so a walk that was cut off is taken up by starting it again, and several at once do no harm.
import type { Kept } from '../../keys/custody.ts';
import { isRotating } from '../../keys/rotating-custody.ts';
import { ValidationException } from '../../model/errors/index.ts';
import type { Row, Store } from '../../store/port.ts';
import type { Keyring } from '../keyring.ts';
import { allRows } from '../row-digest.ts';
import { macKeyLabel, macKeyRef, splitId } from '../tables.ts';

export interface RewrapProgress {
  /** Rows that were looked at. */
  readonly done: number;
  /** Rows that there were at the start. */
  readonly total: number;
  /** Rows that were wrapped anew. */
  readonly rewrapped: number;
}

/** Rows that are looked at before the walk lets others have their turn, and tells how far it is. */
const stride = 50;

/** @throws KeyUndecryptable where material lies under none of the roots; what was done until then stays done */
export async function rewrapAll(
  { parts: { store, custody } }: Keyring,
  onProgress: (progress: RewrapProgress) => void,
  signal: AbortSignal | undefined,
): Promise<RewrapProgress> {
  if (!isRotating(custody))
    throw new ValidationException('There is nothing to wrap anew: open the keyring with `root` and `otherRoots`.');
  const total = await store.count('materials');
  let [done, rewrapped] = [0, 0];
  for await (const row of allRows(store, 'materials')) {
    signal?.throwIfAborted();
    if (await rewrapRow(store, row, (kept) => custody.rewrap(labelOf(row.id), kept))) rewrapped++;
    if (++done % stride === 0) {
      onProgress({ done, total, rewrapped });
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  const progress = { done, total, rewrapped };
  onProgress(progress);
  return progress;
}

/** True where it was wrapped anew. A row that changed or went away meanwhile is looked at again. */
async function rewrapRow(store: Store, row: Row, rewrap: (kept: Kept) => Promise<Kept | undefined>): Promise<boolean> {
  const { table, id } = row;
  for (let found: Row | undefined = row; found !== undefined; [found] = await store.read([{ table, id }])) {
    const kept = await rewrap(found);
    if (kept === undefined) return false;
    if (await store.commit([found], [{ table, id, value: kept.value }], 'strict')) return true;
  }
  return false;
}

/** The label that the material of a row was wrapped under. */
function labelOf(id: string): string {
  if (id === macKeyRef.id) return macKeyLabel;
  const [keyId = '', materialId = ''] = splitId(id).rest.split('/');
  return materialId.startsWith('import-') ? `import/${keyId}` : keyId;
}
