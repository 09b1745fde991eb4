// What a page leaves behind when it ends before its events are written: nothing can be awaited then, so they go to the store in
// one row at once, under a MAC that is computed without the platform. Whoever opens the trail next puts them into the chain. The
// MAC key is of this opening alone, and was derived from the keyring's own key, which nobody can read.
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, isEqual, toHex, utf8 } from '../../formats/bytes.ts';
import { randomBytes } from '../../keys/random.ts';
import type { Ref, Row, Store } from '../../store/port.ts';
import { lastOf } from '../../trail/chain.ts';
import type { TrailEvent } from '../../trail/event.ts';
import { macLength, type RowCodec } from '../row-codec.ts';

const label = utf8('keyhaven/v1/trail-left\0');

/** Events that a page left, and what they follow. */
export interface LeftEvents {
  /** Sequence number of the last event that the page knew to be written. */
  readonly from: number;
  readonly events: readonly TrailEvent[];
}

/** Seals what a page leaves. */
export interface LeftSealer {
  readonly ref: Ref;
  seal(left: LeftEvents): Bytes;
}

const leftRef = (id: string): Ref => ({ table: 'trail-left', id });
const macOf = (key: Bytes, body: Bytes): Bytes => hmac(sha512, key, body).slice(0, macLength) as Bytes;
const keyOf = (codec: RowCodec, id: string): Promise<Bytes> => codec.macOf(label, utf8(id));

export async function newLeftSealer(codec: RowCodec): Promise<LeftSealer> {
  const id = toHex(randomBytes(16));
  const key = await keyOf(codec, id);
  return {
    ref: leftRef(id),
    seal(left) {
      const body = utf8(JSON.stringify(left));
      return concat(macOf(key, body), body);
    },
  };
}

/** Rows that pages left; those that are not genuine are left alone. */
export async function leftRows(store: Store, codec: RowCodec): Promise<{ row: Row; left: LeftEvents }[]> {
  const found: { row: Row; left: LeftEvents }[] = [];
  for (const row of await store.list('trail-left', { limit: 100 })) {
    const body = row.value.slice(macLength);
    if (!isEqual(macOf(await keyOf(codec, row.id), body), row.value.subarray(0, macLength))) continue;
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    found.push({ row, left: JSON.parse(text) as LeftEvents });
  }
  return found;
}

/** The events that are not in the chain yet: their page may have written them after all. */
export async function unwritten(store: Store, codec: RowCodec, { from, events }: LeftEvents): Promise<TrailEvent[]> {
  const written = new Set<string>();
  for (let after: string | undefined; ; ) {
    const rows = await store.list('trail', { after, limit: 20 });
    for (const row of rows) {
      const ref = { table: 'trail', id: row.id } as const;
      if (!(await codec.isGenuine(ref, row.value))) continue;
      const group = await codec.decodeOnce(ref, row);
      if (lastOf(group) <= from) return events.filter((event) => !written.has(nameOf(event)));
      for (const event of group.events) written.add(nameOf(event));
    }
    after = rows.at(-1)?.id;
    if (rows.length < 20) return events.filter((event) => !written.has(nameOf(event)));
  }
}

/** A change that was committed and failed afterwards has two events of one request. */
const nameOf = ({ requestId, name, at, error }: Pick<TrailEvent, 'requestId' | 'name' | 'at' | 'error'>): string =>
  `${requestId} ${name} ${at} ${error?.code ?? ''}`;
