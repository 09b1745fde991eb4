// Reading the trail: groups from the newest to the oldest, each authenticated on its own. Whether none is missing is another
// question, which verify answers.
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, toHex, utf8 } from '../../formats/bytes.ts';
import { StoreCorrupt } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import type { Row, Store } from '../../store/port.ts';
import { firstOfId, groupId, type TrailGroup, type TrailHead } from '../../trail/chain.ts';
import type { TrailEvent } from '../../trail/event.ts';
import { macLength, type RowCodec } from '../row-codec.ts';
import { keyringRef } from '../tables.ts';
import { groupRef, headRef } from './tables.ts';

/** Groups of one reading: few at first, because each may have 500 events, and the newest are often all that is wanted. */
const [few, most] = [4, 50];

export interface NumberedEvent {
  readonly sequence: number;
  readonly event: TrailEvent;
}

/** A row of a group, and what of it is genuine. */
export interface TrailRow {
  readonly id: string;
  readonly mac: string;
  /** What was written here; undefined where the bytes were not. */
  readonly group: TrailGroup | undefined;
  /** What was written in another place; undefined where the bytes were written here, or nowhere. */
  readonly stray: TrailGroup | undefined;
  /** How many events the bytes say they hold, genuine or not; undefined where they say nothing of this place. */
  readonly claimed: number | undefined;
}

const idLabel = utf8('keyhaven/v1/trail-event-id\0');

export class TrailReader {
  readonly #store: Store;
  readonly #codec: RowCodec;
  #trailId: string | undefined;

  constructor(store: Store, codec: RowCodec) {
    this.#store = store;
    this.#codec = codec;
  }

  /** The head, or which way it is unusable. */
  async head(): Promise<TrailHead | 'missing' | 'changed'> {
    const [row] = await this.#store.read([headRef]);
    if (row === undefined) return 'missing';
    return (await this.#codec.isGenuine(headRef, row.value)) ? this.#codec.decodeOnce(headRef, row) : 'changed';
  }

  /** The keyring's id, and when its trail was begun; null where it never was. */
  async keyring(): Promise<{ readonly id: string; readonly since: number | null }> {
    const [row] = await this.#store.read([keyringRef]);
    if (row === undefined) throw new StoreCorrupt('The row of the keyring is missing.');
    const record = await this.#codec.decode(keyringRef, row);
    return { id: record.id, since: Object.hasOwn(record, 'trailSince') ? (record.trailSince ?? null) : null };
  }

  /**
   * Genuine events from the newest to the oldest. Groups that are not genuine are left out.
   * @param before sequence number that all of them are below
   */
  async *events(before: number = Number.MAX_SAFE_INTEGER - 1): AsyncGenerator<NumberedEvent> {
    for await (const { group } of this.rows(before)) {
      if (group === undefined) continue;
      for (let i = group.events.length - 1; i >= 0; i--) {
        const event = eventAt(group, i);
        if (event !== undefined && event.sequence < before) yield event;
      }
    }
  }

  /** All rows of groups, from the newest to the oldest. @param before sequence number that they begin below */
  async *rows(before: number = Number.MAX_SAFE_INTEGER - 1): AsyncGenerator<TrailRow> {
    // From the top also those whose ids no group has.
    let after = before === Number.MAX_SAFE_INTEGER - 1 ? undefined : groupId(before);
    for (let limit = few; ; limit = Math.min(most, 4 * limit)) {
      const rows = await this.#store.list('trail', { after, limit });
      for (const row of rows) yield await this.#examine(row);
      if (rows.length < limit) return;
      after = rows.at(-1)?.id;
    }
  }

  /**
   * The id of an event, as CloudTrail shows it to an account: the same whenever it is looked at, also when the keyring has moved to
   * another key.
   */
  async eventId({ sequence, event }: NumberedEvent, accountId: string): Promise<string> {
    this.#trailId ??= (await this.keyring()).id;
    const name = [this.#trailId, sequence, event.at, accountId].join('/');
    const bytes = sha256(concat(idLabel, utf8(name))).slice(0, 16);
    // UUID version 8 (RFC 9562, section 5.8).
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = toHex(bytes);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  async #examine(row: Row): Promise<TrailRow> {
    const { id, value } = row;
    const mac = toHex(value.subarray(0, macLength));
    const ref = { table: 'trail', id } as const;
    if (await this.#codec.isGenuine(ref, value))
      return { id, mac, group: await this.#codec.decodeOnce(ref, row), stray: undefined, claimed: undefined };
    const claim = claimOf(value);
    if (claim === undefined) return { id, mac, group: undefined, stray: undefined, claimed: undefined };
    if (claim.first === firstOfId(id)) return { id, mac, group: undefined, stray: undefined, claimed: claim.count };
    const origin = groupRef(claim.first);
    const isStray = await this.#codec.isGenuine(origin, value);
    const stray = isStray ? await this.#codec.decodeOnce(origin, { ...row, id: origin.id }) : undefined;
    return { id, mac, group: undefined, stray, claimed: undefined };
  }
}

/** The event at a place of a group. */
function eventAt(group: TrailGroup, index: number): NumberedEvent | undefined {
  const stored = group.events[index];
  const by = stored && group.contexts[stored.by];
  return stored && by ? { sequence: group.first + index, event: { ...stored, by } } : undefined;
}

/** The place that bytes, genuine or not, give themselves. */
function claimOf(value: Bytes): { readonly first: number; readonly count: number } | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value.subarray(macLength)));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    if (!Object.hasOwn(parsed, 'first') || !Object.hasOwn(parsed, 'events')) return undefined;
    const { first, events } = parsed as { first: unknown; events: unknown };
    if (typeof first !== 'number' || !Number.isSafeInteger(first) || first < 1) return undefined;
    return { first, count: Array.isArray(events) ? events.length : 1 };
  } catch {
    return undefined;
  }
}
