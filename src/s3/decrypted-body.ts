// The body of a decrypted object, with the methods that bodies of the SDK have. It can be read once.
import type { Bytes } from '../formats/bytes.ts';

export class DecryptedBody {
  readonly #stream: ReadableStream<Bytes>;

  constructor(stream: ReadableStream<Bytes>) {
    this.#stream = stream;
  }

  /** All of the plaintext. */
  async transformToByteArray(): Promise<Bytes> {
    return new Uint8Array(await new Response(this.#stream).arrayBuffer());
  }

  /** All of the plaintext, as text. @param encoding as `TextDecoder` takes it; UTF-8 where it is left out */
  async transformToString(encoding?: string): Promise<string> {
    return new TextDecoder(encoding, { fatal: false, ignoreBOM: false }).decode(await this.transformToByteArray());
  }

  /** The plaintext as a stream. */
  transformToWebStream(): ReadableStream<Bytes> {
    return this.#stream;
  }
}
