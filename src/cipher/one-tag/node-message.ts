// A message with one tag by the ciphers of Node, which take pieces as they are.
import type { Bytes } from '../../model/shape.ts';
import { AuthenticationFailed, CipherClosed } from '../errors.ts';
import type { NodeCipher } from '../node-crypto.ts';
import { type NodeGcm, plain } from '../node-gcm.ts';
import { type OneTagMessage, Position } from './message.ts';

export class NodeMessage implements OneTagMessage {
  readonly #iv: Bytes;
  readonly #aad: Bytes;
  readonly #hashed = new Position();
  readonly #crypted = new Position();
  #key: NodeGcm | undefined;
  #sealing: NodeCipher | undefined;
  #hashing: NodeCipher | undefined;
  #crypting: NodeCipher | undefined;

  constructor(key: NodeGcm, iv: Bytes, aad: Bytes) {
    this.#key = key;
    this.#iv = iv;
    this.#aad = aad;
  }

  async seal(piece: Bytes): Promise<Bytes> {
    const cipher = this.#seal();
    this.#hashed.advance(piece.length);
    return plain(cipher.update(piece));
  }

  async open(piece: Bytes): Promise<Bytes> {
    const cipher = this.#hash();
    this.#hashed.advance(piece.length);
    return plain(cipher.update(piece));
  }

  async hash(piece: Bytes): Promise<void> {
    (await this.open(piece)).fill(0);
  }

  async crypt(piece: Bytes): Promise<Bytes> {
    this.#crypting ??= this.#open().opening(this.#iv);
    this.#crypted.advance(piece.length);
    return plain(this.#crypting.update(piece));
  }

  async tag(): Promise<Bytes> {
    const cipher = this.#seal();
    cipher.final();
    return new Uint8Array(cipher.getAuthTag());
  }

  async check(tag: Bytes): Promise<void> {
    const cipher = this.#hash();
    try {
      cipher.setAuthTag(tag);
      cipher.final();
    } catch {
      throw new AuthenticationFailed();
    }
  }

  close(): void {
    this.#key = undefined;
    this.#sealing = undefined;
    this.#hashing = undefined;
    this.#crypting = undefined;
  }

  #open(): NodeGcm {
    if (this.#key === undefined) throw new CipherClosed('message');
    return this.#key;
  }

  #seal(): NodeCipher {
    this.#sealing ??= this.#begun(this.#open().sealing(this.#iv));
    return this.#sealing;
  }

  #hash(): NodeCipher {
    this.#hashing ??= this.#begun(this.#open().opening(this.#iv));
    return this.#hashing;
  }

  #begun(cipher: NodeCipher): NodeCipher {
    cipher.setAAD(this.#aad);
    return cipher;
  }
}
