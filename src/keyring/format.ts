// Several versions of the library on one store: tabs that were not loaded again, deployments that are rolled out one by one. Members
// that a version does not know stay in a record that it changes. Where that is not enough the record says so, by a format that
// only newer versions take: then it is refused, and nothing of it is lost.
import { StoreNewer } from '../model/errors/index.ts';
import type { Ref } from '../store/port.ts';

/** The newest format of a record that this version takes. Records without one are of format 1. */
export const knownFormat = 1;

/** @throws StoreNewer where a record asks for a newer version */
export function requireKnownFormat({ table, id }: Ref, record: object): void {
  const format: unknown = Object.hasOwn(record, 'format') ? (record as { format: unknown }).format : 1;
  if (typeof format === 'number' && format <= knownFormat) return;
  const what = table === 'keyring' ? 'The store' : `The row ${table}/${id}`;
  throw new StoreNewer(
    `${what} was written by a newer version of keyhaven, in format ${format}; this one knows ${knownFormat}. Update keyhaven here. Nothing was changed.`,
  );
}

/** What a record tells, or undefined where a newer version has to look at it. */
export async function ifKnown<T>(decoding: Promise<T>): Promise<T | undefined> {
  try {
    return await decoding;
  } catch (error) {
    if (error instanceof StoreNewer) return undefined;
    throw error;
  }
}
