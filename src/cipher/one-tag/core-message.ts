// A message with one tag in the WASM core, at a quarter of the platform's speed: for keys and platforms that the other engine
// cannot serve (AES-192 in Chromium, a WebCrypto without IVs of 16 bytes).
import type { Bytes } from '../../model/shape.ts';
import type { OpenStream, SealStream, SyncAead } from '../aead.ts';
import { CipherClosed } from '../errors.ts';
import { type OneTagMessage, Position } from './message.ts';

export class CoreMessage implements OneTagMessage {
  readonly #key: SyncAead;
  readonly #iv: Bytes;
  readonly #aad: Bytes;
  readonly #hashed = new Position();
  readonly #crypted = new Position();
  #sealing: SealStream | undefined;
  #hashing: OpenStream | undefined;
  #crypting: OpenStream | undefined;
  #isClosed = false;

  /** @param key belongs to the message, which closes it */
  constructor(key: SyncAead, iv: Bytes, aad: Bytes) {
    this.#key = key;
    this.#iv = iv;
    this.#aad = aad;
  }

  async seal(piece: Bytes): Promise<Bytes> {
    this.#hashed.advance(piece.length);
    return this.#seal().update(piece) as Bytes;
  }

  async open(piece: Bytes): Promise<Bytes> {
    this.#hashed.advance(piece.length);
    return this.#hash().update(piece) as Bytes;
  }

  async hash(piece: Bytes): Promise<void> {
    (await this.open(piece)).fill(0);
  }

  async crypt(piece: Bytes): Promise<Bytes> {
    this.#crypted.advance(piece.length);
    this.#crypting ??= this.#begun(this.#key.openStream(this.#iv));
    return this.#crypting.update(piece) as Bytes;
  }

  async tag(): Promise<Bytes> {
    return this.#seal().final() as Bytes;
  }

  async check(tag: Bytes): Promise<void> {
    this.#hash().final(tag);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#key.close();
  }

  #seal(): SealStream {
    this.#sealing ??= this.#begun(this.#key.sealStream(this.#iv));
    return this.#sealing;
  }

  #hash(): OpenStream {
    this.#hashing ??= this.#begun(this.#key.openStream(this.#iv));
    return this.#hashing;
  }

  #begun<T extends SealStream | OpenStream>(stream: T): T {
    if (this.#isClosed) throw new CipherClosed('message');
    stream.aad(this.#aad);
    return stream;
  }
}
