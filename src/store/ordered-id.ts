// Ids of rows as bytes for stores that order by bytes. The port orders ids by their UTF-16 units; each unit is encoded as if it
// were a character of UTF-8 (which is CESU-8), and the order of those bytes is the order of the units.
import type { Bytes } from '../model/shape.ts';

export function encodeOrderedId(id: string): Bytes {
  const bytes: number[] = [];
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    if (unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Uint8Array.from(bytes);
}

export function decodeOrderedId(bytes: Uint8Array): string {
  let id = '';
  for (let i = 0; i < bytes.length; ) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const length = a < 0x80 ? 1 : a < 0xe0 ? 2 : 3;
    const unit =
      length === 1
        ? a
        : length === 2
          ? ((a & 0x1f) << 6) | (b & 0x3f)
          : ((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f);
    id += String.fromCharCode(unit);
    i += length;
  }
  return id;
}
