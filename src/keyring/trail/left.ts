// What a page leaves behind when it ends before its events are written: nothing can be awaited then, so they go beside the store in
// one text at once, under a MAC that is computed without the platform. Whoever opens the trail next puts them into the chain. The
// MAC key is of this opening alone, and was derived from the keyring's own key, which nobody can read.
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, fromHex, isEqual, toHex, utf8 } from '../../formats/bytes.ts';
import { randomBytes } from '../../keys/random.ts';
import type { Leavings, Store } from '../../store/port.ts';
import { lastOf, type TrailStart } from '../../trail/chain.ts';
import type { TrailEvent } from '../../trail/event.ts';
import { macLength, type RowCodec } from '../row-codec.ts';

const label = utf8('keyhaven/v1/trail-left\0');

/** Events that a page left, and what they follow. */
export interface LeftEvents {
  /** Sequence number of the last event that the page knew to be written. */
  readonly from: number;
  readonly events: readonly TrailEvent[];
}

/** What one page leaves, and takes back when it lives on. */
export interface OwnLeavings {
  readonly id: string;
  put(left: LeftEvents): void;
  takeBack(): void;
}

const macOf = (key: Bytes, body: Bytes): Bytes => hmac(sha512, key, body).slice(0, macLength) as Bytes;
const keyOf = (codec: RowCodec, id: string): Promise<Bytes> => codec.macOf(label, utf8(id));

export async function ownLeavings(leavings: Leavings, codec: RowCodec): Promise<OwnLeavings> {
  const id = toHex(randomBytes(16));
  const key = await keyOf(codec, id);
  let text: string | undefined;
  return {
    id,
    put(left) {
      const body = JSON.stringify(left);
      text = toHex(macOf(key, utf8(body))) + body;
      leavings.put(id, text);
    },
    takeBack() {
      if (text !== undefined) leavings.remove(id, text);
      text = undefined;
    },
  };
}

/** What pages left; texts that are not genuine are left alone. */
export async function leftByPages(
  leavings: Leavings,
  codec: RowCodec,
): Promise<{ readonly id: string; readonly text: string; readonly left: LeftEvents }[]> {
  const found: { id: string; text: string; left: LeftEvents }[] = [];
  for (const { id, text } of leavings.list()) {
    const mac = text.slice(0, 2 * macLength);
    const body = text.slice(2 * macLength);
    if (!/^[0-9a-f]{64}$/.test(mac)) continue;
    if (!isEqual(macOf(await keyOf(codec, id), utf8(body)), fromHex(mac))) continue;
    found.push({ id, text, left: JSON.parse(body) as LeftEvents });
  }
  return found;
}

/**
 * The events that are not in the chain yet: their page may have written them after all.
 * @param start where the kept part of the chain begins. Of older events nobody can tell any more whether they were written, and what was
 * left is still genuine when script puts it back much later: retention would have removed them
 */
export async function unwritten(
  store: Store,
  codec: RowCodec,
  { from, events }: LeftEvents,
  start: TrailStart,
): Promise<TrailEvent[]> {
  const written = new Set<string>();
  const isCut = start.mac !== '' && from + 1 < start.sequence;
  const isMissing = (event: TrailEvent): boolean => !written.has(nameOf(event)) && !(isCut && event.at <= start.time);
  for (let after: string | undefined; ; ) {
    const rows = await store.list('trail', { after, limit: 20 });
    for (const row of rows) {
      const ref = { table: 'trail', id: row.id } as const;
      if (!(await codec.isGenuine(ref, row.value))) continue;
      const group = await codec.decodeOnce(ref, row);
      if (lastOf(group) <= from) return events.filter(isMissing);
      for (const event of group.events) written.add(nameOf(event));
    }
    after = rows.at(-1)?.id;
    if (rows.length < 20) return events.filter(isMissing);
  }
}

/** A change that was committed and failed afterwards has two events of one request. */
const nameOf = ({ requestId, name, at, error }: Pick<TrailEvent, 'requestId' | 'name' | 'at' | 'error'>): string =>
  `${requestId} ${name} ${at} ${error?.code ?? ''}`;
