// Rows of a Dexie table: the members that its indexes read, in clear and bound to the record, and the sealed whole.
import type { DBCoreIndex } from 'dexie';
import { type IndexEntry, KeyWriter, putRecordAad, type RecordKey, recordPrefix } from '../formats/record-key.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { goOn, isLater, type Soon } from './answer.ts';
import { injectKey, isKey, readPath } from './key-path.ts';
import type { RowCipher } from './row-cipher.ts';
import { decodeValue, encodeValue } from './value-codec.ts';

/** What lies in the database: members that Dexie's indexes read, and the sealed whole. */
interface SealedRow {
  readonly $sealed: Uint8Array;
  /** Key paths of the members in clear, as JSON: they are bound to the record. */
  readonly $clear: readonly string[];
}

export class DexieRows {
  readonly #paths: readonly string[];
  /** Paths whose arrays the database indexes item by item, without those that are no keys. */
  readonly #listed: ReadonlySet<string>;
  readonly #cipher: RowCipher;
  readonly #prefix: Bytes;

  constructor(table: string, indexes: readonly DBCoreIndex[], cipher: RowCipher) {
    const pathsOf = (some: readonly DBCoreIndex[]): string[] => some.flatMap(({ keyPath }) => keyPath ?? []);
    const whole = pathsOf(indexes.filter(({ multiEntry }) => !multiEntry));
    this.#paths = [...new Set(pathsOf(indexes))].sort();
    this.#listed = new Set(this.#paths.filter((path) => !whole.includes(path)));
    this.#cipher = cipher;
    this.#prefix = recordPrefix(0, table);
  }

  /** A text that is the same exactly where the members in clear are the same. */
  get layout(): string {
    return JSON.stringify([this.#paths, [...this.#listed].sort()]);
  }

  /** True where the members of a row in clear are those that the indexes read of its value. */
  isIndexed(row: unknown, value: unknown): boolean {
    const { $clear } = row as SealedRow;
    const wanted = this.#pathsIn(this.clearPart(value));
    return wanted.length === $clear.length && wanted.every((path) => $clear.includes(path));
  }

  /** What the indexes read, and nothing else. */
  clearPart(value: unknown): Record<string, unknown> {
    const clear: Record<string, unknown> = {};
    for (const path of this.#paths) {
      const at = readPath(value, path);
      const key = this.#listed.has(path) && Array.isArray(at) ? at.filter((each) => isKey(each)) : at;
      if (isKey(key)) injectKey(clear, path, key);
    }
    return clear;
  }

  seal(keys: readonly RecordKey[], values: readonly unknown[]): Soon<SealedRow[]> {
    const clears = values.map((value) => this.clearPart(value));
    const paths = clears.map((clear) => this.#pathsIn(clear));
    const aads = keys.map((key, i) => this.#aad(key, clears[i], paths[i] as readonly string[]));
    const encoded = values.map(encodeValue);
    const bytes: Soon<Bytes[]> = encoded.some((each) => isLater(each)) ? Promise.all(encoded) : (encoded as Bytes[]);
    return goOn(bytes, (plaintexts) =>
      goOn(this.#cipher.seal(aads, plaintexts), (sealed) =>
        sealed.map(($sealed, i) => ({ ...clears[i], $sealed, $clear: paths[i] as readonly string[] })),
      ),
    );
  }

  #pathsIn(clear: unknown): readonly string[] {
    return this.#paths.filter((path) => readPath(clear, path) !== undefined);
  }

  openMany(keys: readonly RecordKey[], found: readonly unknown[]): Soon<unknown[]> {
    const read = found.map((row, i) => this.#read(keys[i] as RecordKey, row));
    const opening = this.#cipher.open(
      read.map(({ sealed }) => sealed),
      read.map(({ aad }) => aad),
    );
    return goOn(opening, (opened) => opened.map(decodeValue));
  }

  /** True where nothing must be awaited to open the row, or to see that it is none. */
  canOpenNow(row: unknown): boolean {
    const sealed = (row as Partial<SealedRow> | null | undefined)?.$sealed;
    return !(sealed instanceof Uint8Array) || this.#cipher.canOpenNow(sealed);
  }

  /** @throws DataKeyNotLoaded where another tab made the data key since, WasmBlocked */
  openNow(key: RecordKey, row: unknown): unknown {
    const { sealed, aad } = this.#read(key, row);
    return decodeValue(this.#cipher.openNow(sealed, aad));
  }

  #read(key: RecordKey, row: unknown): { sealed: Uint8Array; aad: Bytes } {
    const { $sealed, $clear } = (row ?? {}) as Partial<SealedRow>;
    if (!($sealed instanceof Uint8Array) || !Array.isArray($clear)) throw new InvalidCiphertextException();
    // A member that was put beside them is in no additional data, and an index would find the record by it.
    if (this.#paths.some((path) => !isBound(path, $clear) && isKey(readPath(row, path))))
      throw new InvalidCiphertextException();
    return { sealed: $sealed, aad: this.#aad(key, row, $clear as string[]) };
  }

  #aad(key: RecordKey, row: unknown, paths: readonly string[]): Bytes {
    const entries = paths.map((path): IndexEntry => {
      const at = readPath(row, path);
      if (!isKey(at)) throw new InvalidCiphertextException();
      return [path, at];
    });
    const writer = new KeyWriter();
    putRecordAad(writer, this.#prefix, key, entries);
    return writer.since(0);
  }
}

/** The length of a text or a list is bound with it. */
const isBound = (path: string, clear: readonly unknown[]): boolean =>
  clear.includes(path) || (path.endsWith('.length') && clear.includes(path.slice(0, -'.length'.length)));
