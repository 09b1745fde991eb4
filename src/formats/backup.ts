// A backup: a header that anyone can read, the key of the file under the root of the keyring, and the rows of the keyring as one
// Cobblestone-256 message under that key. Pure: how things are sealed is the caller's.
import { type Bytes, concat, fromBase64, toBase64, utf8 } from './bytes.ts';

export interface BackupHeader {
  /** Id of the keyring: 32 hex digits. */
  readonly keyring: string;
  /** Changes of the keyring before this backup. */
  readonly generation: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly mode: 'recoverable' | 'locked';
  /** Slots that open the root. */
  readonly slots: readonly Bytes[];
}

/** One row, as it lies in a store; material is wrapped under the root. */
export interface BackupEntry {
  readonly table: string;
  readonly id: string;
  readonly value: Bytes;
}

const format = 0xd2;
export const backupPrefixLength = 6;
/** Nonce (12), the key of the file (32) and tag (16). */
export const sealedFileKeyLength = 60;
const mostHeader = 1 << 20;
const mostSlots = 64;

export function encodeBackupHeader({ keyring, generation, createdAt, mode, slots }: BackupHeader): Bytes {
  const json = utf8(JSON.stringify({ keyring, generation, createdAt, mode, slots: slots.map(toBase64) }));
  const prefix = Uint8Array.of(format, 1, 0, 0, 0, 0);
  new DataView(prefix.buffer).setUint32(2, json.length);
  return concat(prefix, json);
}

/** Length of the header's JSON, from the first 6 bytes; undefined where they do not begin a backup. */
export function backupHeaderLength(prefix: Bytes): number | undefined {
  if (prefix.length !== backupPrefixLength || prefix[0] !== format || prefix[1] !== 1) return undefined;
  const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(2);
  return length <= mostHeader ? length : undefined;
}

/** @returns undefined where it is no header */
export function parseBackupHeader(json: Bytes): BackupHeader | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const own = (name: string): unknown =>
      Object.hasOwn(parsed, name) ? (parsed as Record<string, unknown>)[name] : undefined;
    const [keyring, generation, createdAt, mode, slots] = ['keyring', 'generation', 'createdAt', 'mode', 'slots'].map(
      own,
    );
    const isFit =
      typeof keyring === 'string' &&
      /^[0-9a-f]{32}$/.test(keyring) &&
      isCount(generation) &&
      isCount(createdAt) &&
      (mode === 'recoverable' || mode === 'locked') &&
      Array.isArray(slots) &&
      slots.length <= mostSlots &&
      slots.every((slot) => typeof slot === 'string');
    return isFit ? { keyring, generation, createdAt, mode, slots: slots.map(fromBase64) } : undefined;
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Length of table (1), table, length of id (2), id, length of value (4), value. */
export function encodeEntry({ table, id, value }: BackupEntry): Bytes {
  const [tableBytes, idBytes] = [utf8(table), utf8(id)];
  const lengths = new DataView(new ArrayBuffer(7));
  lengths.setUint8(0, tableBytes.length);
  lengths.setUint16(1, idBytes.length);
  lengths.setUint32(3, value.length);
  const bytes = new Uint8Array(lengths.buffer);
  return concat(bytes.subarray(0, 1), tableBytes, bytes.subarray(1, 3), idBytes, bytes.subarray(3), value);
}

/** Reads entry by entry from pieces of any size. An entry is in memory as a whole, and nothing else. */
export class EntryReader {
  #pieces: Bytes[] = [];
  #length = 0;
  /** Bytes that the next entry needs to be whole, as far as is known. */
  #needed = 1;

  /** The entries that are whole with this piece. */
  read(piece: Bytes): BackupEntry[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    // Joined only when an entry can be whole: a long one comes in many pieces.
    if (this.#length < this.#needed) return [];
    const bytes = this.#pieces.length === 1 ? piece : concat(...this.#pieces);
    const entries: BackupEntry[] = [];
    let offset = 0;
    for (;;) {
      const found = readEntry(bytes, offset);
      if (typeof found === 'number') {
        this.#needed = found - offset;
        break;
      }
      entries.push(found.entry);
      offset = found.end;
    }
    this.#pieces = offset === bytes.length ? [] : [bytes.slice(offset)];
    this.#length = bytes.length - offset;
    return entries;
  }

  /** True where nothing is left over. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }
}

/** An entry, or where it ends at the earliest, which is behind the end of the bytes. */
function readEntry(bytes: Bytes, start: number): { entry: BackupEntry; end: number } | number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = start;
  const parts: Bytes[] = [];
  for (const size of [1, 2, 4] as const) {
    if (offset + size > bytes.length) return offset + size;
    const length = size === 1 ? view.getUint8(offset) : size === 2 ? view.getUint16(offset) : view.getUint32(offset);
    offset += size;
    if (offset + length > bytes.length) return offset + length;
    parts.push(bytes.slice(offset, offset + length));
    offset += length;
  }
  const [table, id, value] = parts as [Bytes, Bytes, Bytes];
  const text = (part: Bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(part);
  return { entry: { table: text(table), id: text(id), value }, end: offset };
}
