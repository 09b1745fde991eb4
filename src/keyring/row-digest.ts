// Sums that stand for all records of a keyring: of a MAC of each, modulo 2^256. A change adds what it writes and takes away what was
// there, so it costs the same however many records there are. An older copy of a record has a valid MAC of its own, and does not
// fit into the sum. Sums of secret MACs cannot be made to fit (Clarke and others, Asiacrypt 2003, MSet-Add-Hash). Beside the sum of
// all there are 32 short ones, each of the records whose names fall into its part: they say where to look.
import { type Bytes, fromBase64, fromHex, toBase64, toHex, utf8 } from '../formats/bytes.ts';
import type { Ref, Row, Store } from '../store/port.ts';
import type { RowCodec } from './row-codec.ts';

/** Tables whose rows are in the digest. The last uses are not: they are written without a change. */
export const digestedTables: readonly string[] = ['keys', 'aliases', 'grants'];

const label = utf8('keyhaven/v1/row-digest\0');
const parts = 32;
const macLength = 32;
const [whole, short] = [1n << 256n, 1n << 64n];

/** A record before and after a change; undefined where there is none. */
export interface Changed {
  readonly ref: Ref;
  readonly before: Bytes | undefined;
  readonly after: Bytes | undefined;
}

/** The digest after a change. @param digest base64 */
export async function advanceDigest(codec: RowCodec, digest: string, changes: readonly Changed[]): Promise<string> {
  const sums = decode(digest);
  for (const { ref, before, after } of changes) {
    if (before !== undefined) add(sums, ref, -(await termOf(codec, ref, before)));
    if (after !== undefined) add(sums, ref, await termOf(codec, ref, after));
  }
  return encode(sums);
}

/** The digest of all records that a store holds. */
export async function digestOf(codec: RowCodec, store: Store): Promise<string> {
  const sums = decode(emptyDigest());
  for (const table of digestedTables)
    for await (const row of allRows(store, table)) add(sums, row, await termOf(codec, row, row.value));
  return encode(sums);
}

export const emptyDigest = (): string => encode(new Array<bigint>(1 + parts).fill(0n));

/** Tells the records that two digests differ in from all others. */
export function differing(a: string, b: string): (ref: Ref) => boolean {
  const [these, those] = [decode(a), decode(b)];
  return (ref) => these[1 + partOf(ref)] !== those[1 + partOf(ref)];
}

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

/** In which part a record is, by its name alone. */
function partOf({ table, id }: Ref): number {
  let hash = 0;
  for (const unit of `${table}/${id}`) hash = (Math.imul(hash, 31) + (unit.codePointAt(0) ?? 0)) >>> 0;
  return hash % parts;
}

function add(sums: bigint[], ref: Ref, term: bigint): void {
  const part = 1 + partOf(ref);
  sums[0] = modulo((sums[0] ?? 0n) + term, whole);
  sums[part] = modulo((sums[part] ?? 0n) + term, short);
}

const modulo = (sum: bigint, modulus: bigint): bigint => ((sum % modulus) + modulus) % modulus;

/** The sum of all (32 bytes), and 32 sums of parts (8 bytes each). */
const encode = (sums: readonly bigint[]): string =>
  toBase64(fromHex(sums.map((sum, index) => sum.toString(16).padStart(index === 0 ? 64 : 16, '0')).join('')));

function decode(digest: string): bigint[] {
  const hex = toHex(fromBase64(digest));
  const sums = [BigInt(`0x${hex.slice(0, 64)}`)];
  for (let offset = 64; offset < hex.length; offset += 16) sums.push(BigInt(`0x${hex.slice(offset, offset + 16)}`));
  return sums;
}
