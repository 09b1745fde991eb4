// What a row is found by: its primary key and its index keys, read off the caller's value, and the queries that ask for them. Where the
// schema says so the database has an HMAC in a key's place.
import { type IndexEntry, KeyWriter, type RecordKey } from '../formats/record-key.ts';
import { InvalidCiphertextException, ValidationException } from '../model/errors/index.ts';
import type { BlindKeys } from './blind-keys.ts';
import { copyKey, isKey, keyAt, keysAt, readPath } from './key-path.ts';
import type { IndexPlan, StorePlan } from './schema.ts';

/** The index keys of a row: as it is bound to them, and as they lie beside it. */
export interface IndexKeys {
  readonly entries: readonly IndexEntry[];
  readonly properties: Readonly<Record<string, RecordKey>> | undefined;
}

/**
 * @param given beside the value, where the store has no key path
 * @returns undefined where the database is to make it
 * @throws DOMException `DataError`, as IndexedDB does
 */
export function primaryKey(plan: StorePlan, value: unknown, given: unknown): RecordKey | undefined {
  if (plan.keyPath === undefined) {
    if (given === undefined && plan.autoIncrement) return undefined;
    if (isKey(given)) return copyKey(given);
    throw dataError(`${plan.name} has no key path: give a key beside the value.`);
  }
  if (given !== undefined) throw dataError(`${plan.name} takes keys from its key path: give none beside the value.`);
  const key = keyAt(value, plan.keyPath);
  if (key !== undefined) return key;
  if (plan.autoIncrement && readPath(value, plan.keyPath) === undefined) return undefined;
  throw dataError(`The value has no key at ${JSON.stringify(plan.keyPath)}.`);
}

const dataError = (message: string): DOMException => new DOMException(message, 'DataError');

/** Reads the keys of the indexes off a value. */
export function indexKeysOf(plan: StorePlan, value: unknown, blindKeys: BlindKeys): IndexKeys {
  const entries: IndexEntry[] = [];
  let properties: Record<string, RecordKey> | undefined;
  for (const index of plan.indexes) {
    const entry = entryOf(plan, index, value, blindKeys);
    if (entry === undefined) continue;
    entries.push([index.property, entry]);
    properties ??= {};
    properties[index.property] = entry;
  }
  return { entries, properties };
}

function entryOf(plan: StorePlan, index: IndexPlan, value: unknown, blindKeys: BlindKeys): RecordKey | undefined {
  if (!index.multiEntry) {
    const key = keyAt(value, index.keyPath);
    return key === undefined || !index.isBlind ? key : blindKeys.blind(plan.name, index.name, key);
  }
  const keys = keysAt(value, index.keyPath);
  if (keys.length === 0) return undefined;
  return index.isBlind ? keys.map((key) => blindKeys.blind(plan.name, index.name, key)) : keys;
}

/** The index keys as they lie beside a row. */
export function entriesOf({ keys }: { readonly keys?: Readonly<Record<string, RecordKey>> | undefined }): IndexEntry[] {
  if (typeof keys !== 'object' || keys === null) return [];
  return Object.keys(keys)
    .sort()
    .map((property) => {
      const key = keys[property];
      if (!isKey(key)) throw new InvalidCiphertextException();
      return [property, key];
    });
}

/** A query as the database understands it. @param index undefined for the primary key */
export function queryOf(
  plan: StorePlan,
  index: IndexPlan | undefined,
  query: unknown,
  blindKeys: BlindKeys,
): IDBValidKey | IDBKeyRange | undefined {
  const isBlind = index === undefined ? plan.isBlind : index.isBlind;
  if (query === undefined || query === null) return undefined;
  if (!isBlind) return query as IDBValidKey | IDBKeyRange;
  const key = query instanceof IDBKeyRange ? onlyKey(query) : query;
  if (!isKey(key)) {
    const what = index === undefined ? `The primary key of ${plan.name}` : `The index ${index.name}`;
    throw new ValidationException(`${what} is blind: it is asked for one whole key, not for a range.`);
  }
  return blindKeys.blind(plan.name, index?.name, key);
}

const onlyKey = (range: IDBKeyRange): unknown =>
  range.lower !== undefined && isSameKey(range.lower, range.upper) ? range.lower : undefined;

function isSameKey(a: RecordKey, b: RecordKey): boolean {
  if (!isKey(b)) return false;
  const writer = new KeyWriter();
  writer.key(a);
  const middle = writer.length;
  writer.key(b);
  const all = writer.since(0);
  return all.length === 2 * middle && all.subarray(0, middle).every((byte, i) => byte === all[middle + i]);
}
