// Values and keys of the caller on one side, stored rows on the other. A row is bound to its schema version, its store, its primary
// key and its index keys: changed, swapped or moved, it does not open.
import { KeyWriter, putRecordAad, type RecordKey, recordPrefix } from '../formats/record-key.ts';
import { recordOverhead } from '../formats/sealed-record.ts';
import { InvalidCiphertextException, RecordOutdated } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { goOn, type Soon } from './answer.ts';
import type { BlindKeys } from './blind-keys.ts';
import { paddedLength } from './padding.ts';
import type { RowCipher } from './row-cipher.ts';
import { entriesOf, type IndexKeys, indexKeysOf, primaryKey, queryOf } from './row-keys.ts';
import type { IndexPlan, StorePlan } from './schema.ts';
import { decodeValue, decodeValues, encodeValue, pad, unpad } from './value-codec.ts';

/** What lies in the database under a primary key. */
export interface StoredRow {
  readonly sealed: Uint8Array;
  /** The schema version that it was sealed under. */
  readonly version: number;
  /** The keys that the database's own indexes read, by `propertyOf` of the index. Absent where there are none. */
  readonly keys?: Readonly<Record<string, RecordKey>> | undefined;
}

/** A value on its way in: what it is stored under, and its bytes once they are there. */
export interface Draft extends IndexKeys {
  /** The primary key as the caller knows it; undefined where the database is to make it. */
  readonly key: RecordKey | undefined;
  readonly bytes: Soon<Bytes>;
}

export class Rows {
  readonly cipher: RowCipher;
  readonly blindKeys: BlindKeys;
  readonly #writer = new KeyWriter();

  constructor(cipher: RowCipher, blindKeys: BlindKeys) {
    this.cipher = cipher;
    this.blindKeys = blindKeys;
  }

  /** What must be loaded before a call on this store. */
  ready(plan: StorePlan): Soon<void> {
    return plan.needsBlindKey && !this.blindKeys.isLoaded ? this.blindKeys.load() : undefined;
  }

  /**
   * Reads a value and its keys, as they are now.
   * @param key given beside the value, where the store has no key path
   */
  draft(plan: StorePlan, value: unknown, key: unknown): Draft {
    const primary = primaryKey(plan, value, key);
    const { entries, properties } = indexKeysOf(plan, value, this.blindKeys);
    // A blind key cannot be read back from the database: it lies beside the value.
    const bytes = encodeValue(plan.isBlind ? [primary, value] : value);
    return { key: primary, bytes: goOn(bytes, (encoded) => padded(plan, encoded)), entries, properties };
  }

  /** The key that the database knows a record by. */
  stored(plan: StorePlan, key: RecordKey): RecordKey {
    return plan.isBlind ? this.blindKeys.blind(plan.name, undefined, key) : key;
  }

  /** @param bytes those of the draft @param key as stored */
  seal(plan: StorePlan, draft: Draft, bytes: Bytes, key: RecordKey): Soon<StoredRow> {
    this.#writer.reset();
    putRecordAad(this.#writer, plan.prefix, key, draft.entries);
    return goOn(this.cipher.seal([this.#writer.since(0)], [bytes]), ([sealed]) => asRow(plan, sealed as Bytes, draft));
  }

  sealMany(
    plan: StorePlan,
    drafts: readonly Draft[],
    bytes: readonly Bytes[],
    keys: readonly RecordKey[],
  ): Soon<StoredRow[]> {
    const writer = new KeyWriter();
    const ends = drafts.map(({ entries }, i) => {
      putRecordAad(writer, plan.prefix, keys[i] as RecordKey, entries);
      return writer.length;
    });
    const all = writer.since(0);
    const aads = ends.map((end, i) => all.subarray(ends[i - 1] ?? 0, end));
    return goOn(this.cipher.seal(aads, bytes), (sealed) =>
      sealed.map((each, i) => asRow(plan, each as Bytes, drafts[i] as Draft)),
    );
  }

  /**
   * Opens one row.
   * @param key as stored
   * @throws InvalidCiphertextException, DataKeyMissing, RecordOutdated, the errors of the KMS
   */
  open(plan: StorePlan, key: RecordKey, row: unknown): Soon<unknown> {
    this.#writer.reset();
    const stored = this.#aadOf(this.#writer, plan, key, row, false);
    return goOn(this.cipher.openOne(stored.sealed, this.#writer.since(0)), (bytes) => plainValue(plan, bytes));
  }

  /** The primary key of the caller, and the value. */
  openPair(plan: StorePlan, key: RecordKey, row: unknown): Soon<{ key: RecordKey; value: unknown }> {
    this.#writer.reset();
    const stored = this.#aadOf(this.#writer, plan, key, row, false);
    return goOn(this.cipher.openOne(stored.sealed, this.#writer.since(0)), (bytes) => pairOf(plan, key, bytes));
  }

  /** Opens rows of one store; all or none. */
  openMany(plan: StorePlan, keys: readonly RecordKey[], rows: readonly unknown[]): Soon<unknown[]> {
    const { sealed, aads } = this.#aadsOf(plan, keys, rows);
    return goOn(this.cipher.openPacked(sealed, aads), (packed) => {
      const values = decodeValues(
        packed,
        sealed.map(({ length }) => length - recordOverhead),
      );
      return plan.isBlind ? values.map((value) => (value as [unknown, unknown])[1]) : values;
    });
  }

  /** The primary keys of the caller; of a blind store they are inside the values. */
  openKeys(plan: StorePlan, keys: readonly RecordKey[], rows: readonly unknown[]): Soon<RecordKey[]> {
    const { sealed, aads } = this.#aadsOf(plan, keys, rows);
    return goOn(this.cipher.open(sealed, aads), (opened) =>
      opened.map((bytes, i) => pairOf(plan, keys[i] as RecordKey, bytes).key),
    );
  }

  /**
   * Opens a row for sealing it anew: whatever its schema version is, and with its bytes as they are.
   * @param isOutdatedFine also where its version is not that of the plan
   */
  openBytes(plan: StorePlan, key: RecordKey, row: unknown, isOutdatedFine: boolean): Soon<Uint8Array> {
    this.#writer.reset();
    const stored = this.#aadOf(this.#writer, plan, key, row, isOutdatedFine);
    return this.cipher.openOne(stored.sealed, this.#writer.since(0));
  }

  /**
   * Seals such bytes anew.
   * @param key as stored
   * @param hasNewIndexes whether the index keys are read off the value again, or stay as they lie beside the row
   */
  reseal(plan: StorePlan, key: RecordKey, row: StoredRow, bytes: Bytes, hasNewIndexes: boolean): Soon<StoredRow> {
    const { entries, properties } = hasNewIndexes
      ? indexKeysOf(plan, plainValue(plan, bytes), this.blindKeys)
      : { entries: entriesOf(row), properties: row.keys };
    this.#writer.reset();
    putRecordAad(this.#writer, plan.prefix, key, entries);
    // As the schema has it now. A store that is no longer declared has its records as they were.
    const again = plan.padding === 'none' ? bytes : padded(plan, unpad(bytes));
    const sealing = this.cipher.seal([this.#writer.since(0)], [again]);
    return goOn(sealing, ([sealed]) => asRow(plan, sealed as Bytes, { properties }));
  }

  /** A query as the database understands it. @param index undefined for the primary key */
  query(plan: StorePlan, index: IndexPlan | undefined, query: unknown): IDBValidKey | IDBKeyRange | undefined {
    return queryOf(plan, index, query, this.blindKeys);
  }

  #aadsOf(
    plan: StorePlan,
    keys: readonly RecordKey[],
    rows: readonly unknown[],
  ): { sealed: Uint8Array[]; aads: Uint8Array[] } {
    const writer = new KeyWriter();
    const sealed: Uint8Array[] = [];
    const ends = rows.map((row, i) => {
      sealed.push(this.#aadOf(writer, plan, keys[i] as RecordKey, row, false).sealed);
      return writer.length;
    });
    const all = writer.since(0);
    return { sealed, aads: ends.map((end, i) => all.subarray(ends[i - 1] ?? 0, end)) };
  }

  #aadOf(writer: KeyWriter, plan: StorePlan, key: RecordKey, row: unknown, isOutdatedFine: boolean): StoredRow {
    const stored = row as StoredRow;
    if (typeof row !== 'object' || row === null || !(stored.sealed instanceof Uint8Array))
      throw new InvalidCiphertextException();
    if (stored.version !== plan.version) {
      if (!isOutdatedFine) throw outdated(stored.version, plan.version);
      putRecordAad(writer, recordPrefix(stored.version, plan.name), key, entriesOf(stored));
    } else putRecordAad(writer, plan.prefix, key, entriesOf(stored));
    return stored;
  }
}

/** The bytes of the blind primary key's owner come first in its value. */
function pairOf(plan: StorePlan, key: RecordKey, bytes: Uint8Array): { key: RecordKey; value: unknown } {
  const value = decodeValue(bytes);
  if (!plan.isBlind) return { key, value };
  const [primary, own] = value as [RecordKey, unknown];
  return { key: primary, value: own };
}

const plainValue = (plan: StorePlan, bytes: Uint8Array): unknown =>
  plan.isBlind ? (decodeValue(bytes) as [unknown, unknown])[1] : decodeValue(bytes);

const outdated = (version: unknown, current: number): RecordOutdated =>
  new RecordOutdated(
    `The record was sealed under schema version ${String(version)}, and the database has version ${current}.`,
  );

function padded(plan: StorePlan, bytes: Bytes): Bytes {
  if (plan.padding === 'none') return bytes;
  const result = pad(bytes, paddedLength(bytes.length, plan.padding));
  bytes.fill(0);
  return result;
}

const asRow = (plan: StorePlan, sealed: Bytes, { properties }: Pick<IndexKeys, 'properties'>): StoredRow =>
  properties === undefined ? { sealed, version: plan.version } : { sealed, version: plan.version, keys: properties };
