// What client-browser expects a bundler to put in the place of Node's `buffer`. It makes such buffers when it is loaded and for its
// signatures; nothing that is measured goes through them.
class BufferInBrowser extends Uint8Array {
  static alloc(length: number): BufferInBrowser {
    return new BufferInBrowser(length);
  }
  static isBuffer(value: unknown): boolean {
    return value instanceof BufferInBrowser;
  }
}

export { BufferInBrowser as Buffer };
