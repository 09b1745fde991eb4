// Small pieces become large writes: a file system takes a megabyte at a time many times as fast as 16 KiB. One buffer serves for all.

export interface Sink {
  /** The bytes are the caller's again when this has resolved. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

const length = 2 << 20;

export function gathered(sink: Sink): WritableStream<Uint8Array> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  const flush = async (): Promise<void> => {
    if (filled > 0) await sink.write(buffer.subarray(0, filled));
    filled = 0;
  };
  return new WritableStream<Uint8Array>({
    async write(piece) {
      for (let rest = piece; rest.length > 0; ) {
        const part = rest.subarray(0, length - filled);
        buffer.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled === length) await flush();
      }
    },
    async close() {
      await flush();
      await sink.close();
    },
    abort: (reason) => sink.abort(reason),
  });
}
