// A series of messages under one key and one encryption context: the second algorithm of a CiphertextBlob. Deriving a key for each
// message costs more than sealing it; a series derives one, and numbers its messages. A series is sealed by one process in one go, its
// number never leaves the memory and is never counted back, so no nonce repeats. See docs/formats.md.
import { type Bytes, concat, isEqual, utf8 } from './bytes.ts';
import {
  type ChunkCipher,
  type ChunkCipherOf,
  chunkNonce,
  commitmentLength,
  deriveMessageKeys,
  type Prf,
  saltLength,
} from './cobblestone.ts';

const label = utf8('keyhaven/v1/message-series\0');
const numberLength = 6;
/** Bytes between the header and the ciphertext: salt, commitment, number. */
const prefixLength = saltLength + commitmentLength + numberLength;
const tagLength = 16;
/** Messages after which a series should end: 2^28 blocks of AES-GCM, where NIST SP 800-38D allows 2^32 messages of 2^32 blocks. */
const manyMessages = 2 ** 20;
/** No message has a higher number. */
const mostMessages = 2 ** 31;

/** True where a message can have this length. */
export const isSeriesLength = (length: number): boolean => length >= prefixLength + tagLength;

interface SeriesKeys {
  readonly cipher: ChunkCipher;
  readonly baseNonce: Bytes;
  readonly commitment: Bytes;
}

async function deriveSeries(prf: Prf, cipherOf: ChunkCipherOf, salt: Bytes, context: Bytes): Promise<SeriesKeys> {
  const { key, baseNonce, commitment } = await deriveMessageKeys(prf, salt, context, label);
  const cipher = await cipherOf(key);
  key.fill(0);
  return { cipher, baseNonce, commitment };
}

/** Seals the messages of one series. */
export class SeriesSealer {
  readonly #keys: SeriesKeys;
  /** Header, salt and commitment: what all messages begin with. */
  readonly #start: Bytes;
  #next = 0;

  private constructor(keys: SeriesKeys, start: Bytes) {
    this.#keys = keys;
    this.#start = start;
  }

  /**
   * @param salt 24 random bytes, never used twice under one input key
   * @param header of the blob, authenticated as part of the context
   * @param context the serialised encryption context
   */
  static async begin(
    prf: Prf,
    cipherOf: ChunkCipherOf,
    salt: Bytes,
    header: Bytes,
    context: Bytes,
  ): Promise<SeriesSealer> {
    const keys = await deriveSeries(prf, cipherOf, salt, concat(header, context));
    return new SeriesSealer(keys, concat(header, salt, keys.commitment));
  }

  get isFull(): boolean {
    return this.#next >= manyMessages;
  }

  /** Seals the next message. @returns header, salt, commitment, number, ciphertext and tag */
  async seal(plaintext: Bytes): Promise<Bytes> {
    if (this.#next >= mostMessages) throw new RangeError('The series has its most messages.');
    // Taken before anything is awaited: no two messages have one number.
    const number = this.#next++;
    const sealed = await this.#keys.cipher.seal(chunkNonce(this.#keys.baseNonce, number), plaintext);
    const start = this.#start.length;
    const blob = new Uint8Array(start + numberLength + sealed.length);
    blob.set(this.#start);
    for (let i = 0; i < 4; i++) blob[start + 5 - i] = (number >>> (8 * i)) & 255;
    blob.set(sealed, start + numberLength);
    return blob;
  }
}

/** Opens messages of series, and remembers the last series, of which there may be many messages. */
export class SeriesOpener {
  #last: (SeriesKeys & { readonly salt: Bytes; readonly context: Bytes }) | undefined;

  /** @returns the plaintext, or undefined whatever is wrong with the message */
  async open(
    prf: Prf,
    cipherOf: ChunkCipherOf,
    header: Bytes,
    encryptionContext: Bytes,
    message: Bytes,
  ): Promise<Bytes | undefined> {
    if (!isSeriesLength(message.length)) return undefined;
    const salt = message.slice(0, saltLength);
    const commitment = message.subarray(saltLength, saltLength + commitmentLength);
    const context = concat(header, encryptionContext);
    const isLast = this.#last && isEqual(this.#last.salt, salt) && isEqual(this.#last.context, context);
    const keys =
      isLast && this.#last ? this.#last : { ...(await deriveSeries(prf, cipherOf, salt, context)), salt, context };
    if (!isEqual(keys.commitment, commitment)) return undefined;
    this.#last = keys;
    const view = new DataView(message.buffer, message.byteOffset + saltLength + commitmentLength, numberLength);
    const number = view.getUint16(0) * 2 ** 32 + view.getUint32(2);
    if (number >= mostMessages) return undefined;
    try {
      return await keys.cipher.open(chunkNonce(keys.baseNonce, number), message.subarray(prefixLength));
    } catch {
      return undefined;
    }
  }
}
