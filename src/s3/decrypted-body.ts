// The body of a decrypted object, with the methods that bodies of the SDK have. It can be read once.
import { toBase64 } from '../formats/base64.ts';
import { type Bytes, toHex } from '../formats/bytes.ts';

export class DecryptedBody {
  readonly #stream: ReadableStream<Bytes>;

  constructor(stream: ReadableStream<Bytes>) {
    this.#stream = stream;
  }

  /** All of the plaintext. */
  async transformToByteArray(): Promise<Bytes> {
    return new Uint8Array(await new Response(this.#stream).arrayBuffer());
  }

  /**
   * All of the plaintext, as text.
   * @param encoding `base64`, `hex`, or what `TextDecoder` takes; UTF-8 where it is left out
   */
  async transformToString(encoding?: string): Promise<string> {
    const bytes = await this.transformToByteArray();
    if (encoding === 'base64') return toBase64(bytes);
    if (encoding === 'hex') return toHex(bytes);
    return new TextDecoder(encoding, { fatal: false, ignoreBOM: false }).decode(bytes);
  }

  /** The plaintext as a stream. */
  transformToWebStream(): ReadableStream<Bytes> {
    return this.#stream;
  }
}
