// Streams that give something now and then, and reading what has come of them.

type Bytes = Uint8Array<ArrayBuffer>;

/** The next `length` bytes, which must end where a piece ends. */
export async function readBytes(reader: ReadableStreamDefaultReader<Bytes>, length: number): Promise<Bytes> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error(`the end after ${at} bytes`);
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

/** Bytes in pieces of these lengths, over and over, the first ten each after so many milliseconds. */
export function fitful(
  bytes: Bytes,
  pieces: readonly (readonly [length: number, pause: number])[],
): ReadableStream<Bytes> {
  let at = 0;
  let count = 0;
  return new ReadableStream<Bytes>({
    async pull(controller) {
      if (at === bytes.length) return controller.close();
      const [length, pause] = pieces[count % pieces.length] as [number, number];
      if (pause > 0 && count < 10) await new Promise((resolve) => setTimeout(resolve, pause));
      count += 1;
      const end = Math.min(bytes.length, at + Math.max(1, length));
      controller.enqueue(bytes.slice(at, end));
      at = end;
    },
  });
}
