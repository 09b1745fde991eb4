// Records of keys that were read a moment ago, for stores that are slow to read. What this process changes is forgotten with the
// change, in all keyrings of the store; what other tabs change counts here when the moment is over.
import type { KeyReference } from '../model/arn.ts';
import type { KeyRecord } from '../model/key-record.ts';
import type { Store } from '../store/port.ts';
import { remember } from './remember.ts';

interface Recent {
  readonly key: KeyRecord;
  /** By `performance.now()`. */
  readonly end: number;
  isRefreshing: boolean;
}

export class RecentKeys {
  readonly #freshFor: number;
  readonly #known = new Map<string, Recent>();
  /** Counts what was forgotten: a reading that began before must not be remembered after. */
  #generation = 0;

  /** @param freshFor milliseconds; undefined: nothing is remembered */
  constructor(freshFor: number | undefined) {
    this.#freshFor = freshFor ?? 0;
  }

  get generation(): number {
    return this.#generation;
  }

  /** @param refresh reads the record again: called where half of its time is over, and nobody waits for it */
  get(reference: KeyReference, refresh: () => void): KeyRecord | undefined {
    const found = this.#known.get(nameOf(reference));
    if (found === undefined) return undefined;
    const left = found.end - performance.now();
    if (left <= 0) return undefined;
    if (left < this.#freshFor / 2 && !found.isRefreshing) {
      found.isRefreshing = true;
      refresh();
    }
    return found.key;
  }

  /** @param generation as it was before the record was read @param readAt by `performance.now()`, before the record was read */
  set(reference: KeyReference, key: KeyRecord, generation: number, readAt: number): void {
    if (this.#freshFor === 0 || generation !== this.#generation) return;
    remember(this.#known, nameOf(reference), { key, end: readAt + this.#freshFor, isRefreshing: false });
  }

  forget(): void {
    this.#generation++;
    this.#known.clear();
  }
}

const nameOf = (reference: KeyReference): string => (reference.kind === 'key' ? reference.id : reference.name);

const ofStores = new WeakMap<Store, Map<string, RecentKeys>>();

/** The recent keys of an account and Region: the same for all keyrings over a store. */
export function recentKeys(store: Store, place: string): RecentKeys {
  const places = ofStores.get(store) ?? new Map<string, RecentKeys>();
  ofStores.set(store, places);
  const found = places.get(place) ?? new RecentKeys(store.freshFor);
  places.set(place, found);
  return found;
}

/** Forgets all keys of a store: a change may be one of several Regions. */
export function forgetRecent(store: Store): void {
  for (const recent of ofStores.get(store)?.values() ?? []) recent.forget();
}
