// Beginning a trail, or going on with it. The row of the keyring remembers that there is one: a head that is missing from then on
// was lost or taken away, and nobody may begin anew without being told to.
import { StoreCorrupt } from '../../model/errors/index.ts';
import { onPageHide } from '../../store/page-hide.ts';
import type { Store } from '../../store/port.ts';
import { firstOfId, newHead, type TrailHead } from '../../trail/chain.ts';
import { type KeyringRecord, keyringRef } from '../tables.ts';
import { lostHead, TrailLog, type TrailLogParts } from './log.ts';
import { headRef } from './tables.ts';

/**
 * @param onLost what to do where the head was lost
 * @throws StoreCorrupt
 */
export async function openTrailLog(parts: TrailLogParts, onLost: 'refuse' | 'continue'): Promise<TrailLog> {
  const { store, codec, clock } = parts;
  for (;;) {
    const [row, keyringRow] = await store.read([headRef, keyringRef]);
    if (keyringRow === undefined) break;
    const record = await codec.decode(keyringRef, keyringRow);
    const hasBegun = Object.hasOwn(record, 'trailSince');
    if (row && (await codec.isGenuine(headRef, row.value))) break;
    if ((row || hasBegun) && onLost === 'refuse') throw new StoreCorrupt(lostHead);
    const now = clock();
    const head = row || hasBegun ? await headAfterLoss(parts, now) : newHead(now);
    const begun: KeyringRecord = { ...record, trailSince: now };
    const isWritten = await store.commit(
      [
        { ...headRef, version: row?.version },
        { ...keyringRef, version: keyringRow.version },
      ],
      [
        { ...headRef, value: await codec.encode(headRef, head) },
        { ...keyringRef, value: await codec.encode(keyringRef, begun) },
      ],
      'strict',
    );
    if (isWritten) break;
  }
  const log = new TrailLog(parts);
  await log.open();
  onPageHide(log, (live) => live.leave());
  return log;
}

/** A head that goes on counting behind all rows that are there, so that none is overwritten. */
async function headAfterLoss({ store }: TrailLogParts, now: number): Promise<TrailHead> {
  const newest = await newestPlace(store);
  // A group has at most 500 events; its own words are not to be trusted here.
  const sequence = newest === undefined ? 0 : newest + 500;
  return { ...newHead(now), sequence, start: { sequence: sequence + 1, mac: '', time: now }, restartedAt: now };
}

/** Somebody may have put a row before all others: behind a number that no trail gets to, nothing could be counted. */
const mostRecords = 2 ** 50;

/** The greatest sequence number that a group can begin with; undefined where there is none. */
async function newestPlace(store: Store): Promise<number | undefined> {
  for (let after: string | undefined; ; ) {
    const rows = await store.list('trail', { after, limit: 50 });
    const newest = rows.map(({ id }) => firstOfId(id) ?? Infinity).find((first) => first <= mostRecords);
    if (newest !== undefined || rows.length < 50) return newest;
    after = rows.at(-1)?.id;
  }
}
