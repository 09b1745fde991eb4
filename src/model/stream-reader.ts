// Readers of streams. WebKit's streams are JavaScript, and take the mode of a reader from a polluted Object.prototype where none is given.

/** The usual reader of a stream, whatever Object.prototype says. */
export function readerOf<T>(stream: ReadableStream<T>): ReadableStreamDefaultReader<T> {
  const usual: object = { mode: undefined };
  return stream.getReader(usual as { mode: 'byob' }) as ReadableStreamReader<T> as ReadableStreamDefaultReader<T>;
}
