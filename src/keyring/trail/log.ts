// Writing the trail. Events wait in memory for a moment and go to the store in groups; those of a change go in the change's own
// commit, behind what waits. Each write is a compare-and-swap on the head, so that all tabs and processes of a store count in one
// sequence without gaps.
import { toHex } from '../../formats/bytes.ts';
import { DependencyTimeoutException, StoreCorrupt } from '../../model/errors/index.ts';
import type { Check, Durability, Row, Store, Write } from '../../store/port.ts';
import { groupsOf, halvesOf, lastOf, longestGroup, type TrailHead } from '../../trail/chain.ts';
import type { EndedCall } from '../../trail/describe.ts';
import { describeCall } from '../../trail/describe.ts';
import type { TrailContext, TrailEvent } from '../../trail/event.ts';
import { pause } from '../pause.ts';
import { macLength, type RowCodec } from '../row-codec.ts';
import { type LeftEvents, leftByPages, type OwnLeavings, ownLeavings, unwritten } from './left.ts';
import type { Retention, TrailMode } from './records.ts';
import { cutTrail, isCutDue } from './retention.ts';
import { groupRef, headRef } from './tables.ts';

export interface TrailLogParts {
  readonly store: Store;
  readonly codec: RowCodec;
  readonly clock: () => number;
  readonly mode: TrailMode;
  readonly retention: Retention;
}

/** Milliseconds that an event waits for others: half of the promise, the write takes some as well. */
const wait = 50;
/** A group that does not wait any longer, in events. */
const full = 5000;
/** How long a write is tried again, in milliseconds. */
const patience = 20_000;

export class TrailLog {
  readonly #parts: TrailLogParts;
  #waiting: TrailEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The flush that has not begun yet: it takes what waits when it does. */
  #nextFlush: Promise<void> | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();
  /** True after a write that failed: no more results are given out unless their events are written. */
  #hasFailed = false;
  /** Where events are left when the page ends; undefined until the trail is open, and where there is no such place. */
  #leavings: OwnLeavings | undefined;
  /** How many of the events that wait are left behind there. */
  #leftCount = 0;
  /** Sequence number of the last event that was written here. */
  #lastKnown = 0;

  constructor(parts: TrailLogParts) {
    this.#parts = parts;
  }

  /**
   * Takes the event of a call that changed nothing.
   * @returns what its result must wait for; undefined where it need not wait
   */
  add(call: EndedCall, by: TrailContext, error: unknown): Promise<void> | undefined {
    // Of calls that are refused because nothing can be written there may be any number.
    if (this.#waiting.length >= 4 * full) return this.flush().then(() => this.add(call, by, error));
    this.#waiting.push(this.describe(call, by, error));
    if (this.#parts.mode === 'strict' || this.#hasFailed || this.#waiting.length >= full) return this.flush();
    this.#timer ??= setTimeout(() => {
      // Whoever calls next is told.
      this.flush().catch(() => {});
    }, wait);
    return undefined;
  }

  /** Takes up what pages left behind, and gets ready to leave something itself. */
  async open(): Promise<void> {
    const { store, codec } = this.#parts;
    await this.adopt();
    if (store.leavings) this.#leavings = await ownLeavings(store.leavings, codec);
  }

  /** Puts what pages left behind into the chain. */
  async adopt(): Promise<void> {
    const { store, codec } = this.#parts;
    if (!store.leavings) return;
    for (const { id, text, left } of await leftByPages(store.leavings, codec)) {
      if (id === this.#leavings?.id) continue;
      // Where another tab was faster, or the page lived on, they are in the chain by now.
      await this.#inTurn(() => this.#write([], [], [], 'relaxed', left));
      store.leavings.remove(id, text);
    }
  }

  /** The page may be about to end: leaves behind what waits, at once, and writes it as far as there is time. */
  leave(): void {
    if (this.#waiting.length === 0) return;
    if (this.#leavings) {
      this.#leavings.put({ from: this.#lastKnown, events: this.#waiting });
      this.#leftCount = this.#waiting.length;
    }
    this.flush().catch(() => {});
  }

  /** The event of a call that has ended now. */
  describe(call: EndedCall, by: TrailContext, error: unknown): TrailEvent {
    return describeCall(call, by, this.#parts.clock(), error);
  }

  /** Writes what waits. @throws StoreUnavailable, StoreCorrupt, DependencyTimeoutException; what waited waits on then */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#nextFlush ??= this.#inTurn(async () => {
      this.#nextFlush = undefined;
      const durability = this.#parts.mode === 'strict' ? 'strict' : 'relaxed';
      if (this.#waiting.length > 0) await this.#write([], [], [], durability);
    });
    return this.#nextFlush;
  }

  /**
   * Commits a change with its events.
   * @returns false, with nothing written, where a check of the change does not hold
   */
  commit(checks: readonly Check[], writes: readonly Write[], events: readonly TrailEvent[]): Promise<boolean> {
    return this.#inTurn(() => this.#write(checks, writes, events, 'strict'));
  }

  /** The head as it is in the store. @throws StoreCorrupt */
  async head(): Promise<TrailHead> {
    return this.#decodeHead((await this.#parts.store.read([headRef]))[0]);
  }

  async #write(
    checks: readonly Check[],
    writes: readonly Write[],
    events: readonly TrailEvent[],
    durability: Durability,
    adopted?: LeftEvents,
  ): Promise<boolean> {
    const { store, codec } = this.#parts;
    const count = this.#waiting.length;
    const started = Date.now();
    try {
      let [row] = await store.read([headRef]);
      for (let tries = 0; Date.now() - started < patience; tries++) {
        const head = await this.#decodeHead(row);
        // What was left behind, also while the try before was under way, may have been taken up by another tab.
        const leftCount = Math.min(this.#leftCount, count);
        const left = { from: this.#lastKnown, events: this.#waiting.slice(0, leftCount) };
        const once = adopted ? await unwritten(store, codec, adopted, head.start) : [];
        const again = leftCount > 0 ? await unwritten(store, codec, left, head.start) : [];
        const sealed = await this.#seal(head, [...once, ...again, ...this.#waiting.slice(leftCount, count), ...events]);
        const check = { ...headRef, version: row?.version };
        if (await store.commit([...checks, check], [...writes, ...sealed.writes], durability)) {
          this.#waiting = this.#waiting.slice(count);
          this.#leftCount = Math.max(0, this.#leftCount - count);
          if (this.#leftCount === 0) this.#leavings?.takeBack();
          this.#lastKnown = sealed.head.sequence;
          this.#hasFailed = false;
          this.#cutIfDue(sealed.head);
          return true;
        }
        const [current] = await store.read([headRef]);
        // Where nobody else wrote to the trail, it was the change that came too late.
        if (current?.version === row?.version && checks.length > 0) return false;
        row = current;
        if (tries > 2) await pause(Math.min(200, 2 ** tries));
      }
      throw new DependencyTimeoutException(
        `Other tabs wrote to the trail for ${patience / 1000} s. Nothing was changed; try again.`,
      );
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  /** Rows of new groups, and of the head behind them. */
  async #seal(head: TrailHead, events: readonly TrailEvent[]): Promise<{ head: TrailHead; writes: readonly Write[] }> {
    const { codec, clock } = this.#parts;
    const writes: Write[] = [];
    let last = head;
    const time = clock();
    const groups = groupsOf(head, events, time);
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const ref = groupRef(group.first);
      const value = await codec.encode(ref, { ...group, previous: last.mac });
      if (value.length > longestGroup && group.events.length > 1) {
        groups.unshift(...halvesOf(group));
        continue;
      }
      writes.push({ ...ref, value });
      const start = head.sequence < head.start.sequence ? { ...head.start, time } : head.start;
      last = { ...head, sequence: lastOf(group), mac: toHex(value.subarray(0, macLength)), time, start };
    }
    if (last !== head) writes.push({ ...headRef, value: await codec.encode(headRef, last) });
    return { head: last, writes };
  }

  async #decodeHead(row: Row | undefined): Promise<TrailHead> {
    if (row === undefined) throw new StoreCorrupt(lostHead);
    return this.#parts.codec.decodeOnce(headRef, row);
  }

  /** Removes what is kept long enough. It can wait: what fails is tried again behind a later write. */
  #cutIfDue(head: TrailHead): void {
    const { retention, clock } = this.#parts;
    if (isCutDue(head, retention, clock())) this.#inTurn(() => cutTrail(this.#parts)).catch(() => {});
  }

  /** One write at a time: those of one process need not compete with each other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastTurn.then(work);
    this.#lastTurn = result.catch(() => undefined);
    return result;
  }
}

export const lostHead =
  "The head of the trail is missing or was changed from outside. Open with trail: 'off' to see what trail.verify() says, and with onEvicted: 'continue' to begin a new trail.";
