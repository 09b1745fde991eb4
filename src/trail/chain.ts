// The chain: events lie in groups, each group names the MAC of the one before it, and the head names the last. Sequence numbers
// count events from 1, without gaps, over all accounts and Regions of a keyring. The MACs are those of the keyring's rows.
import type { TrailContext, TrailEvent } from './event.ts';

/** An event as a group holds it: `by` is the place of its context in the group's list. */
export type StoredEvent = Omit<TrailEvent, 'by'> & { readonly by: number };

export interface TrailGroup {
  /** Sequence number of the first event. */
  readonly first: number;
  /** MAC of the group before, 64 hex digits; empty for the first of all. */
  readonly previous: string;
  /** When it was written, in milliseconds since 1970. */
  readonly time: number;
  readonly contexts: readonly TrailContext[];
  readonly events: readonly StoredEvent[];
}

/** Where the kept part begins: moved by retention only, and authenticated with the head. */
export interface TrailStart {
  /** Sequence number of the first event that is kept. */
  readonly sequence: number;
  /** MAC of the group before it; empty where nothing was ever removed. */
  readonly mac: string;
  /** When the first kept group was written. */
  readonly time: number;
}

export interface TrailHead {
  /** Sequence number of the last event; 0 before the first. */
  readonly sequence: number;
  /** MAC of the last group. */
  readonly mac: string;
  /** When the last group was written. */
  readonly time: number;
  readonly start: TrailStart;
  /** When the trail was begun anew because its head was lost; null where it never was. */
  readonly restartedAt: number | null;
}

export const newHead = (now: number): TrailHead => ({
  sequence: 0,
  mac: '',
  time: now,
  start: { sequence: 1, mac: '', time: now },
  restartedAt: null,
});

/** The most events of one group: what is read to find one of them. */
const mostEvents = 500;

/** Puts events in groups. @param head what the first of them follows */
export function groupsOf(head: TrailHead, events: readonly TrailEvent[], time: number): Omit<TrailGroup, 'previous'>[] {
  const groups: Omit<TrailGroup, 'previous'>[] = [];
  for (let done = 0; done < events.length; done += mostEvents) {
    const places = new Map<TrailContext, number>();
    const stored = events.slice(done, done + mostEvents).map((event): StoredEvent => {
      const place = places.get(event.by) ?? places.size;
      places.set(event.by, place);
      return { ...event, by: place };
    });
    groups.push({ first: head.sequence + 1 + done, time, contexts: [...places.keys()], events: stored });
  }
  return groups;
}

/** A group that is longer, in bytes of its row, is cut while it has more than one event: rows of a Durable Object have 2 MB at most. */
export const longestGroup: number = 1 << 20;

/** A group as two. */
export function halvesOf<G extends Pick<TrailGroup, 'first' | 'events'>>(group: G): readonly [G, G] {
  const middle = Math.ceil(group.events.length / 2);
  return [
    { ...group, events: group.events.slice(0, middle) },
    { ...group, first: group.first + middle, events: group.events.slice(middle) },
  ];
}

/** Sequence number of a group's last event. */
export const lastOf = (group: Pick<TrailGroup, 'first' | 'events'>): number => group.first + group.events.length - 1;

// Stores list rows forward only, and the newest events are wanted first: so the ids of groups count down.
const digits = 16;
const most = Number.MAX_SAFE_INTEGER;

/** The id of the row of a group. @param first sequence number of its first event */
export const groupId = (first: number): string => String(most - first).padStart(digits, '0');

/** The sequence number that the id of a row stands for; undefined where it is not the id of a group. */
export function firstOfId(id: string): number | undefined {
  const first = /^\d{16}$/.test(id) ? most - Number(id) : 0;
  return first >= 1 && groupId(first) === id ? first : undefined;
}
