// Names of rows as keys of an ordered byte store: the table, a zero byte, the id. Each UTF-16 unit of an id is encoded as if it
// were a character of UTF-8 (which is CESU-8), as the order of those bytes is the order of the units that the port asks for.
import { concat, utf8 } from '../../formats/bytes.ts';
import type { Bytes } from '../../model/shape.ts';

export const encodeRowKey = (table: string, id: string): Bytes => concat(utf8(`${table}\0`), encodeUnits(id));

/** Greater than every key of the table. */
export const tableEnd = (table: string): Bytes => concat(utf8(table), Uint8Array.of(1));

/** The id of a key of the table. */
export const decodeRowKey = (table: string, key: Uint8Array): string =>
  decodeUnits(key.subarray(utf8(table).length + 1));

function encodeUnits(text: string): Bytes {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Uint8Array.from(bytes);
}

function decodeUnits(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const length = a < 0x80 ? 1 : a < 0xe0 ? 2 : 3;
    const unit =
      length === 1
        ? a
        : length === 2
          ? ((a & 0x1f) << 6) | (b & 0x3f)
          : ((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f);
    text += String.fromCharCode(unit);
    i += length;
  }
  return text;
}
