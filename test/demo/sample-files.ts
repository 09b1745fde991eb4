// Real files, made by code: a PDF, a PNG, a text, and 100 MB of random bytes. Each carries a text that a scan can look for.
import { createCipheriv, createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

export interface SampleFile {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly length: number;
  /** Text that is in the file in clear. */
  readonly marker: string;
  /** Parts of 64 bytes from all over the file. */
  readonly slices: readonly Buffer[];
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The text looks random, so that no compression of a database breaks it up. */
export const markerOf = (seed: string): string =>
  createHash('sha384').update(`keyhaven demo ${seed}`).digest('base64').replace(/\W/g, 'x');

function sample(folder: string, name: string, marker: string, bytes: Buffer): SampleFile {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const places = [0.13, 0.5, 0.77, 0.99].map((part) => Math.floor((bytes.length - 64) * part));
  const slices = places.map((at) => bytes.subarray(at, at + 64)).filter((slice) => new Set(slice).size > 16);
  return { name, path, sha256: sha256(bytes), length: bytes.length, marker, slices };
}

/** One page of text; small enough to be written by hand. */
export function pdf(folder: string): SampleFile {
  const marker = markerOf('pdf');
  const text = `BT /F1 14 Tf 72 720 Td (Passport copy. ${marker}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`;
  return sample(folder, 'passport.pdf', marker, Buffer.from(body + table + trailer, 'latin1'));
}

export const pngSize = { width: 480, height: 300 };

/** The sea at dusk, with the marker in a text chunk. */
export function png(folder: string): SampleFile {
  const marker = markerOf('png');
  const { width, height } = pngSize;
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      const isSky = y < 170;
      const sun = Math.max(0, 1 - Math.hypot(x - 330, y - 150) / 150);
      const glitter = isSky
        ? 0
        : (Math.sin(x * 0.3 + y * 7.1) * Math.sin(y * 1.7) + 1) * Math.max(0, 1 - Math.abs(x - 330) / (20 + y - 170));
      const depth = isSky ? y / 170 : (y - 170) / 130;
      rows[at] = Math.min(255, (isSky ? 40 + 170 * depth : 60 - 40 * depth) + 120 * sun + 70 * glitter);
      rows[at + 1] = Math.min(255, (isSky ? 60 + 80 * depth : 90 - 50 * depth) + 80 * sun + 50 * glitter);
      rows[at + 2] = Math.min(255, (isSky ? 95 + 30 * depth : 105 - 45 * depth) + 10 * sun + 20 * glitter);
    }
  }
  const chunk = (type: string, data: Buffer): Buffer => {
    const typed = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const text = Buffer.from(`Comment\0${marker}`, 'latin1');
  const parts = [
    chunk('IHDR', head),
    chunk('tEXt', text),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return sample(folder, 'harbour.png', marker, Buffer.concat([signature, ...parts]));
}

/** A text that is too long for a preview of the whole. */
export function text(folder: string): SampleFile {
  const marker = markerOf('text');
  const lines = Array.from(
    { length: 4000 },
    (_, index) => `${index};${markerOf(`line ${index}`).slice(0, 24)};${index * 7}\n`,
  );
  lines[1] = `1;${marker};0\n`;
  return sample(folder, 'ledger.csv', marker, Buffer.from(lines.join('')));
}

/** Random bytes with the marker at the start of each million. */
export function big(folder: string, length = 100_000_000): SampleFile {
  const marker = markerOf('big');
  const bytes = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(length));
  for (let at = 0; at + marker.length <= length; at += 1_000_000) bytes.write(marker, at, 'latin1');
  return sample(folder, 'backup.bin', marker, bytes);
}

/** Twenty minutes of a sawtooth, 8-bit mono at 22050 Hz: long enough that nobody needs all of it. */
export function wav(folder: string): SampleFile & { readonly seconds: number } {
  const [rate, seconds] = [22_050, 1200];
  const marker = markerOf('wav');
  const data = Buffer.alloc(rate * seconds);
  for (let i = 0; i < data.length; i++) data[i] = 128 + ((i % 100) - 50) / 8;
  data.write(marker, data.length / 2, 'latin1');
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [1, 32],
    [8, 34],
  ] as const)
    header.writeUInt16LE(value, at);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return { ...sample(folder, 'harbour.wav', marker, Buffer.concat([header, data])), seconds };
}
