// Compressed files, through the streams of the platform, which all runtimes here have.
import { concat } from '../formats/bytes.ts';
import type { Bytes } from '../model/shape.ts';
import { readerOf } from '../model/stream-reader.ts';

/** The most that a file is unpacked to, in bytes: a small file can claim any length. */
const most = 1 << 30;

export const gzip = async (bytes: Bytes): Promise<Bytes> =>
  concat(...(await through(bytes, new CompressionStream('gzip'))));

/** @returns undefined where the bytes are not whole, or the content is longer than 1 GiB */
export async function gunzip(bytes: Bytes): Promise<Bytes | undefined> {
  try {
    return concat(...(await through(bytes, new DecompressionStream('gzip'))));
  } catch {
    return undefined;
  }
}

async function through(bytes: Bytes, stream: CompressionStream | DecompressionStream): Promise<Uint8Array[]> {
  const writer = stream.writable.getWriter();
  // What goes wrong shows on the other side as well.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => {});
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = readerOf(stream.readable);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError('The content is too long.');
    }
    parts.push(value);
  }
  await written;
  return parts;
}
