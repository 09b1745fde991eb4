// One number for all records of a keyring: the sum of a MAC of each, modulo 2^256. A change adds what it writes and takes away
// what was there, so it costs the same however many records there are. An older copy of a record has a valid MAC of its own,
// and does not fit into the sum. Sums of secret MACs cannot be made to fit (Clarke and others, Asiacrypt 2003, MSet-Add-Hash).
import { type Bytes, fromHex, toBase64, toHex, utf8 } from '../formats/bytes.ts';
import type { Ref, Row, Store } from '../store/port.ts';
import type { RowCodec } from './row-codec.ts';

/** Tables whose rows are in the digest. The last uses are not: they are written without a change. */
export const digestedTables: readonly string[] = ['keys', 'aliases', 'grants'];

const label = utf8('keyhaven/v1/row-digest\0');
const modulus = 1n << 256n;
const macLength = 32;

/** A record before and after a change; undefined where there is none. */
export interface Changed {
  readonly ref: Ref;
  readonly before: Bytes | undefined;
  readonly after: Bytes | undefined;
}

/** The digest after a change. @param digest base64 */
export async function advanceDigest(codec: RowCodec, digest: string, changes: readonly Changed[]): Promise<string> {
  let sum = decode(digest);
  for (const { ref, before, after } of changes) {
    if (before !== undefined) sum -= await termOf(codec, ref, before);
    if (after !== undefined) sum += await termOf(codec, ref, after);
  }
  return encode(sum);
}

/** The digest of all records that a store holds. */
export async function digestOf(codec: RowCodec, store: Store): Promise<string> {
  let sum = 0n;
  for (const table of digestedTables)
    for await (const row of allRows(store, table)) sum += await termOf(codec, row, row.value);
  return encode(sum);
}

export const emptyDigest = (): string => encode(0n);

/** All rows of a table, in the order of their ids. */
export async function* allRows(store: Store, table: string): AsyncGenerator<Row> {
  for (let after: string | undefined; ; ) {
    const rows = await store.list(table, { after, limit: 1000 });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

async function termOf(codec: RowCodec, { table, id }: Ref, value: Bytes): Promise<bigint> {
  const message = new Uint8Array([...utf8(`${table}\0${id}\0`), ...value.subarray(0, macLength)]);
  return BigInt(`0x${toHex(await codec.macOf(label, message))}`);
}

const decode = (digest: string): bigint =>
  [...atob(digest)].reduce((sum, unit) => (sum << 8n) | BigInt(unit.charCodeAt(0)), 0n);
const encode = (sum: bigint): string =>
  toBase64(fromHex((((sum % modulus) + modulus) % modulus).toString(16).padStart(64, '0')));
