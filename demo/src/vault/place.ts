// Where encrypted files lie: in the browser's file system for pages, or else in pieces in IndexedDB.
import type { RandomAccessSource } from 'keyhaven/streams';
import { opfsPlace } from './place-opfs.ts';
import { piecesPlace } from './place-pieces.ts';
import type { Rows } from './rows.ts';

export interface Place {
  readonly at: 'opfs' | 'chunks';
  /** Nothing is there until the stream is closed; abort leaves nothing behind. */
  write(id: string): Promise<WritableStream<Uint8Array>>;
  source(id: string, length: number): Promise<RandomAccessSource>;
  /** Stored bytes as they are, `wanted` of them from `offset` on. */
  read(id: string, length: number): Promise<(offset: number, wanted: number) => Promise<Uint8Array>>;
  remove(id: string): Promise<void>;
  /** Ids of everything that is there, whole or not. */
  list(): Promise<string[]>;
}

/** The places of this browser: the first is for new files. */
export async function openPlaces(rows: Rows): Promise<readonly [Place, ...Place[]]> {
  const opfs = await opfsPlace();
  const pieces = piecesPlace(rows);
  return opfs ? [opfs, pieces] : [pieces];
}

export function placeOf(places: readonly Place[], at: Place['at']): Place {
  const place = places.find((each) => each.at === at);
  if (!place)
    throw new DOMException(
      'This file lies in a file system that the browser no longer gives to this page.',
      'NotFoundError',
    );
  return place;
}

const writing = 'vault-writing';

/** Runs while other tabs know that something is being written. */
export const whileWriting = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? (navigator.locks.request(writing, { mode: 'shared' }, work) as Promise<T>) : work();

/** Removes what a tab left behind that was closed while it wrote; only where no tab is writing now. */
export async function sweep(rows: Rows, places: readonly Place[]): Promise<void> {
  if (!('locks' in navigator)) return;
  await navigator.locks.request(writing, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    const known = new Set(await rows.getAllKeys('items'));
    for (const place of places) {
      for (const id of await place.list()) if (!known.has(id)) await place.remove(id);
    }
  });
}
