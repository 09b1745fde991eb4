// Retention: the oldest groups go by age and by count. The new beginning is written to the head, which is authenticated, in the
// commit that removes the first of them, so that what was removed by retention is told from what was removed from outside.
import type { Row, Store, Write } from '../../store/port.ts';
import { groupId, lastOf, type TrailGroup, type TrailHead } from '../../trail/chain.ts';
import type { RowCodec } from '../row-codec.ts';
import type { Retention } from './records.ts';
import { headRef } from './tables.ts';

interface Parts {
  readonly store: Store;
  readonly codec: RowCodec;
  readonly clock: () => number;
  readonly retention: Retention;
}

const day = 86_400_000;
/** Groups of one reading: each may have 500 events. */
const batch = 50;
/** A cut every so many events or days, as parts of what is kept: not one behind every write. */
const slack = 1 / 20;

/** True where enough is over the limits to be worth a cut. */
export function isCutDue({ sequence, start }: TrailHead, { days, records }: Retention, now: number): boolean {
  const count = sequence - start.sequence + 1;
  const isOld = count > 0 && now - start.time > days * (1 + slack) * day;
  return count > records * (1 + slack) || isOld;
}

/** Removes whole groups that are over a limit. Does nothing where another tab was faster. */
export async function cutTrail({ store, codec, clock, retention }: Parts): Promise<void> {
  const [row] = await store.read([headRef]);
  if (row === undefined) return;
  const head = await codec.decodeOnce(headRef, row);
  const oldest = clock() - retention.days * day;
  const byCount = Math.max(head.start.sequence, head.sequence - retention.records + 1);
  const byAge = head.start.time < oldest ? await firstSince(store, codec, head, oldest) : head.start.sequence;
  const [straddling, ...older] = await store.list('trail', {
    after: groupId(Math.max(byCount, byAge) + 1),
    limit: batch,
  });
  if (straddling === undefined) return;
  const first = await decode(codec, straddling);
  if (first.first > head.start.sequence) {
    const start = { ...head.start, sequence: first.first, mac: first.previous, time: first.time };
    const value = await codec.encode(headRef, { ...head, start });
    const isCut = await store.commit(
      [{ ...headRef, version: row.version }],
      [{ ...headRef, value }, ...removals(older)],
      'relaxed',
    );
    if (!isCut) return;
  }
  await removeBefore(store, first.first);
}

/** Removes all groups before the beginning, also those that an earlier cut did not get to. */
async function removeBefore(store: Store, first: number): Promise<void> {
  for (;;) {
    const rows = await store.list('trail', { after: groupId(first), limit: batch });
    if (rows.length === 0) return;
    await store.commit([], removals(rows), 'relaxed');
  }
}

const removals = (rows: readonly Row[]): Write[] => rows.map(({ table, id }) => ({ table, id }));

/** The sequence number of a group that is not older than a time, as few before it as a search by halves finds. */
async function firstSince(store: Store, codec: RowCodec, head: TrailHead, time: number): Promise<number> {
  let [low, high] = [head.start.sequence, head.sequence];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    // The group that begins at or before the middle.
    const [row] = await store.list('trail', { after: groupId(middle + 1), limit: 1 });
    if (row === undefined) return low;
    const group = await decode(codec, row);
    if (group.time < time) low = lastOf(group) + 1;
    else if (group.first <= low) return low;
    else high = group.first;
  }
  return low;
}

const decode = (codec: RowCodec, row: Row): Promise<TrailGroup> =>
  codec.decodeOnce({ table: 'trail', id: row.id }, row);
