// The wrapped data keys of a database of records. They lie in a database of their own beside it: Chromium lets one transaction
// at a time write to a database, so a data key that is needed in the middle of a transaction could not be kept in the same one.
import { type Bytes, concat, utf8 } from '../formats/bytes.ts';
import { dataKeyIdHex, recordKeyId } from '../formats/sealed-record.ts';
import { StoreCorrupt } from '../model/errors/index.ts';
import type { WrappedKeyStore } from '../sealer/open.ts';
import type { Row, Store } from '../store/port.ts';

export interface DataKeyRow {
  readonly wrapped: Bytes;
  /** The KMS key as it was named when the data key was made. */
  readonly keyId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

const table = 'data-keys';
const headLength = 10;

export class DataKeyRows {
  readonly #store: Store;
  readonly #clock: () => number;
  /** KMS keys by the ids of their data keys, as far as they were seen. */
  readonly #keyIds = new Map<string, string>();

  constructor(store: Store, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Where a sealer under this KMS key keeps its data keys. */
  of(keyId: string): WrappedKeyStore {
    return {
      read: async (refs) =>
        (await this.#store.read(refs)).map((row) => row && { ...row, value: this.#decode(row).wrapped }),
      commit: (checks, writes, durability) =>
        this.#store.commit(
          checks,
          writes.map((write) => {
            if (write.value === undefined) return write;
            this.#keyIds.set(write.id, keyId);
            return { ...write, value: encode({ wrapped: write.value, keyId, createdAt: this.#clock() }) };
          }),
          durability,
        ),
    };
  }

  /** All rows, by id. */
  async list(): Promise<ReadonlyMap<string, DataKeyRow>> {
    const all = new Map<string, DataKeyRow>();
    for (let after: string | undefined; ; ) {
      const rows = await this.#store.list(table, { after, limit: 1000 });
      for (const row of rows) all.set(row.id, this.#decode(row));
      after = rows.at(-1)?.id;
      if (after === undefined) return all;
    }
  }

  /** The KMS key that a record's data key was made under, as it was named then. Known of what was read or written. */
  keyIdOf(record: Uint8Array): string | undefined {
    const id = recordKeyId(record);
    return id && this.ownerOf(dataKeyIdHex(id));
  }

  /** The same by the data key's id in hexadecimal. */
  ownerOf(id: string): string | undefined {
    return this.#keyIds.get(id);
  }

  /** Removes data keys that no record is under. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.#store.commit(
      [],
      ids.map((id) => ({ table, id })),
      'strict',
    );
  }

  #decode(row: Row): DataKeyRow {
    const decoded = decode(row.value);
    this.#keyIds.set(row.id, decoded.keyId);
    return decoded;
  }
}

/** Time (float64), length of the key id (uint16), key id in UTF-8, wrapped data key. See docs/formats.md. */
function encode({ wrapped, keyId, createdAt }: DataKeyRow): Bytes {
  const name = utf8(keyId);
  const head = new DataView(new ArrayBuffer(headLength));
  head.setFloat64(0, createdAt, false);
  head.setUint16(8, name.length, false);
  return concat(new Uint8Array(head.buffer), name, wrapped);
}

function decode(bytes: Bytes): DataKeyRow {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length < headLength ? Number.POSITIVE_INFINITY : headLength + view.getUint16(8, false);
  if (end > bytes.length) throw new StoreCorrupt('The row of a data key was changed from outside.');
  const keyId = new TextDecoder().decode(bytes.subarray(headLength, end));
  return { createdAt: view.getFloat64(0, false), keyId, wrapped: bytes.slice(end) };
}
