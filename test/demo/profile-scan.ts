// Looks for byte sequences in every file of a folder: as they are, and inside Firefox's compressed session files. LevelDB and
// SQLite rows are compressed with Snappy, which keeps bytes that do not repeat as they are: look for what looks random.
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Found {
  readonly file: string;
  readonly what: string;
}

/** A text in the two encodings in which browsers store texts. */
export const encodings = (what: string, text: string): [string, Buffer][] => [
  [`${what} as UTF-8`, Buffer.from(text, 'utf8')],
  [`${what} as UTF-16`, Buffer.from(text, 'utf16le')],
];

const step = 64 << 20;

/** @returns each needle that was found, with the files, and how much was looked at */
export function scan(
  folder: string,
  needles: readonly (readonly [what: string, bytes: Buffer])[],
): { found: Found[]; files: number; bytes: number } {
  const found: Found[] = [];
  let [files, bytes] = [0, 0];
  const overlap = Math.max(...needles.map(([, needle]) => needle.length));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size } = statSync(path);
    files++;
    bytes += size;
    const seen = new Set<string>();
    for (let from = 0; from < size; from += step) {
      const part = readPart(path, from, Math.min(step + overlap, size - from));
      const views = from === 0 ? [part, ...unpacked(part)] : [part];
      for (const [what, needle] of needles) {
        if (!seen.has(what) && views.some((view) => view.includes(needle))) seen.add(what);
      }
    }
    for (const what of seen) found.push({ file: path.slice(folder.length + 1), what });
  }
  return { found, files, bytes };
}

function readPart(path: string, from: number, length: number): Buffer {
  const handle = openSync(path, 'r');
  const part = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(handle, part, filled, length - filled, from + filled);
    if (read === 0) break;
    filled += read;
  }
  closeSync(handle);
  return part.subarray(0, filled);
}

/** Firefox's `mozLz40` files: a length, then one LZ4 block. */
function unpacked(file: Buffer): Buffer[] {
  if (file.subarray(0, 8).toString('latin1') !== 'mozLz40\0') return [];
  const out = Buffer.alloc(file.readUInt32LE(8));
  let [at, to] = [12, 0];
  const lengthFrom = (start: number): number => {
    if (start !== 15) return start;
    let length = 15;
    for (;;) {
      const byte = file[at++] as number;
      length += byte;
      if (byte !== 255) return length;
    }
  };
  while (at < file.length) {
    const token = file[at++] as number;
    const literals = lengthFrom(token >> 4);
    file.copy(out, to, at, at + literals);
    at += literals;
    to += literals;
    if (at >= file.length) break;
    const distance = file.readUInt16LE(at);
    at += 2;
    const match = lengthFrom(token & 15) + 4;
    for (let index = 0; index < match; index++, to++) out[to] = out[to - distance] as number;
  }
  return [out];
}
