// IndexedDB keys as bytes, and what a stored record is bound to. Two keys give the same bytes if and only if IndexedDB holds them
// to be the same key. See docs/formats.md.
import { type Bytes, utf8 } from './bytes.ts';

/** What IndexedDB takes as a key: number, Date, string, bytes, or an array of these. */
export type RecordKey = number | string | Date | BufferSource | readonly RecordKey[];

const label = utf8('keyhaven/v1/record\0');
const blindLabel = utf8('keyhaven/v1/record-blind\0');

/** Writes bytes into a buffer that grows, so that thousands of records need one. */
export class KeyWriter {
  #bytes: Bytes = new Uint8Array(512);
  #view: DataView = new DataView(this.#bytes.buffer);
  length = 0;

  reset(): void {
    this.length = 0;
  }

  /** A view of what was written since `start`; good until the writer grows or is reset. */
  since(start: number): Bytes {
    return this.#bytes.subarray(start, this.length);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value, false);
    this.length += 4;
  }

  /** Length in bytes, then the text in UTF-8. */
  text(value: string): void {
    const encoded = utf8(value);
    this.uint32(encoded.length);
    this.bytes(encoded);
  }

  key(key: RecordKey): void {
    if (typeof key === 'number') this.#number(1, key);
    else if (typeof key === 'string') this.#string(key);
    else if (Array.isArray(key)) this.#array(key);
    else if (Object.prototype.toString.call(key) === '[object Date]') this.#number(2, Number(key));
    else this.#binary(key as BufferSource);
  }

  #number(tag: number, value: number): void {
    this.#reserve(9);
    this.#bytes[this.length] = tag;
    // To IndexedDB, 0 and -0 are one key.
    this.#view.setFloat64(this.length + 1, value === 0 ? 0 : value, false);
    this.length += 9;
  }

  /** UTF-16 units: a key may hold lone surrogates, which UTF-8 cannot tell apart. */
  #string(value: string): void {
    this.#reserve(5 + 2 * value.length);
    this.#bytes[this.length] = 3;
    this.#view.setUint32(this.length + 1, value.length, false);
    let offset = this.length + 5;
    for (let i = 0; i < value.length; i++, offset += 2) {
      const unit = value.charCodeAt(i);
      this.#bytes[offset] = unit >>> 8;
      this.#bytes[offset + 1] = unit & 255;
    }
    this.length = offset;
  }

  #binary(value: BufferSource): void {
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    this.#reserve(5);
    this.#bytes[this.length++] = 4;
    this.uint32(bytes.length);
    this.bytes(bytes);
  }

  #array(value: readonly RecordKey[]): void {
    this.#reserve(5);
    this.#bytes[this.length++] = 5;
    this.uint32(value.length);
    for (const each of value) this.key(each);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + more, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** The part of the additional data that all records of a store share. */
export function recordPrefix(version: number, store: string): Bytes {
  const writer = new KeyWriter();
  writer.bytes(label);
  writer.uint32(version);
  writer.text(store);
  return writer.since(0);
}

/** An index key as it lies beside a record: the index's property, and its key or, of a multiEntry index, the array of its keys. */
export type IndexEntry = readonly [property: string, key: RecordKey];

/**
 * Writes the additional data of one record.
 * @param entries in the order of the units of their properties
 */
export function putRecordAad(
  writer: KeyWriter,
  prefix: Uint8Array,
  key: RecordKey,
  entries: readonly IndexEntry[],
): void {
  writer.bytes(prefix);
  writer.key(key);
  writer.uint32(entries.length);
  for (const [property, entry] of entries) {
    writer.text(property);
    writer.key(entry);
  }
}

/** What the key of one blind index, or of a store's blind primary key (no index), is derived from. */
export function blindContext(store: string, index: string | undefined): Bytes {
  const writer = new KeyWriter();
  writer.bytes(blindLabel);
  writer.text(store);
  if (index !== undefined) writer.text(index);
  return writer.since(0);
}
