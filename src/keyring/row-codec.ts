// Records as authenticated bytes: HMAC-SHA-512 (first 32 bytes) over table, id and JSON, then the JSON. A row that was changed,
// or moved to another place, does not verify. An old version of the same row does: only an anchor outside could tell.
import { type Bytes, concat, isEqual, utf8 } from '../formats/bytes.ts';
import type { Prf } from '../formats/cobblestone.ts';
import { StoreCorrupt } from '../model/errors/index.ts';
import type { Ref, Row } from '../store/port.ts';
import { requireKnownFormat } from './format.ts';
import { remember } from './remember.ts';
import type { Records } from './tables.ts';

/** Bytes of the MAC that a row begins with. */
export const macLength = 32;
const label = 'keyhaven/v1/row';

export class RowCodec {
  readonly #prf: Prf;
  /** Verified rows, so that reading the same bytes again costs no MAC. */
  readonly #verified = new Map<string, { readonly value: Bytes; readonly record: unknown }>();

  /** @param prf HMAC-SHA-512 under the keyring's own key */
  constructor(prf: Prf) {
    this.#prf = prf;
  }

  /** @returns the MAC, of 32 bytes, before the JSON of the record */
  async encode<T extends keyof Records>(ref: Ref & { readonly table: T }, record: Records[T]): Promise<Bytes> {
    const body = utf8(JSON.stringify(record));
    return concat(await this.#mac(ref, body), body);
  }

  /** @throws StoreCorrupt where the row is not what was written there; StoreNewer where only a newer version can tell what was */
  async decode<T extends keyof Records>(ref: Ref & { readonly table: T }, row: Row): Promise<Records[T]> {
    const name = `${ref.table}/${ref.id}`;
    const known = this.#verified.get(name);
    if (known && isSame(known.value, row.value)) return known.record as Records[T];
    const record = await this.decodeOnce(ref, row);
    remember(this.#verified, name, { value: row.value, record });
    return record;
  }

  /** The same for rows of which there may be many: they are not remembered, and drive nothing out of the memory. */
  async decodeOnce<T extends keyof Records>(ref: Ref & { readonly table: T }, row: Row): Promise<Records[T]> {
    const body = row.value.slice(macLength);
    if (!isEqual(await this.#mac(ref, body), row.value.subarray(0, macLength))) {
      throw new StoreCorrupt(
        `The row ${ref.table}/${ref.id} was changed from outside, or is damaged. Restore the store from a backup.`,
      );
    }
    const record = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
    requireKnownFormat(ref, record);
    return record;
  }

  /** True where these bytes were written as this row. */
  async isGenuine(ref: Ref, value: Bytes): Promise<boolean> {
    return isEqual(await this.#mac(ref, value.slice(macLength)), value.subarray(0, macLength));
  }

  /** A MAC under the keyring's own key for what is no row. @param label ends with a zero byte, as no other label begins */
  async macOf(label: Bytes, message: Bytes): Promise<Bytes> {
    return (await this.#prf(concat(label, message))).slice(0, macLength);
  }

  async #mac(ref: Ref, body: Bytes): Promise<Bytes> {
    // Neither tables nor ids hold a zero byte, so the parts cannot run into each other.
    const mac = await this.#prf(concat(utf8(`${label}\0${ref.table}\0${ref.id}\0`), body));
    return mac.slice(0, macLength);
  }
}

/** No secrets: it may end early. A loop, because it runs for every call, and `every` takes five times as long. */
function isSame(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
