// A message with one tag through crypto.subtle, piece by piece, at the speed of the platform: WebCrypto knows no streams, but a
// piece of a message is a message of its own under an IV that leads to the right counter, and tags are linear.
//
// H is the hash key, E(J0) the block that masks the tag, W = GHASH * H with what came so far. With L(a, d) the block of lengths:
//   AES-GCM(iv, aad = x, nothing)      gives the tag  E(J0) + GHASH(x) * H + L(|x|, 0) * H
//   AES-GCM(iv of 16 bytes)            has the counter  iv * H^2 + L(0, 16) * H,  so each counter has an IV
// A tag of 16 bytes under one 12-byte IV of additional data 0 and of 1 differ by H^2: one non-extractable key with the one usage
// `encrypt` gives all that is needed, and serves both directions: encrypting a ciphertext gives its plaintext, and a tag
// that nobody asked for. Inner tags would help a forger, so they never leave this file.
import type { Bytes } from '../../model/shape.ts';
import { AuthenticationFailed, CipherClosed } from '../errors.ts';
import { add, type Element, type Field, lengthBlock, one, power, rootAndInverse } from './field.ts';
import { type OneTagMessage, Position } from './message.ts';

const nothing = new Uint8Array(0);

/** What a key and an IV of 12 bytes lead to. */
interface Derived {
  /** H. */
  readonly hashKey: Element;
  /** H^-2. */
  readonly inverseSquare: Element;
  /** L(0, 16) * H: the length of a 16-byte IV in its own hash. */
  readonly ivLength: Element;
  /** E(J0). */
  readonly mask: Element;
}

export interface PlatformKeys {
  /** AES-GCM with the usage `encrypt`. */
  readonly gcm: CryptoKey;
  /** The same bytes for AES-CTR, where the caller had bytes: opening is then one pass less. */
  readonly ctr: CryptoKey | undefined;
}

export class PlatformMessage implements OneTagMessage {
  readonly #field: Field;
  readonly #keys: PlatformKeys;
  readonly #iv: Bytes;
  readonly #derived: Derived;
  readonly #aadBytes: number;
  readonly #hashed = new Position();
  readonly #crypted = new Position();
  #kept: { readonly blocks: number; readonly power: Element } | undefined;
  /** W, in the order of the pieces. */
  #hash: Promise<Element>;
  /** E of the counter before the next piece to seal: its masks the piece's own tag. */
  #nextMask: Promise<Element>;
  #isClosed = false;

  private constructor(field: Field, keys: PlatformKeys, iv: Bytes, derived: Derived, aadBytes: number) {
    this.#field = field;
    this.#keys = keys;
    this.#iv = iv;
    this.#derived = derived;
    this.#aadBytes = aadBytes;
    this.#hash = Promise.resolve(new Uint8Array(16));
    this.#nextMask = Promise.resolve(new Uint8Array(derived.mask));
  }

  /** @returns undefined where this platform does not take IVs of 16 bytes, or takes them for something else */
  static async begin(field: Field, keys: PlatformKeys, iv: Bytes, aad: Bytes): Promise<PlatformMessage | undefined> {
    const tagOf = (additionalData: Bytes, under: Bytes = iv) => encrypt(keys.gcm, under, nothing, additionalData);
    const [mask, ofZero, ofOne] = await Promise.all([tagOf(nothing), tagOf(new Uint8Array(16)), tagOf(one())]);
    const square = add(ofZero, ofOne);
    const { root: hashKey, inverse: inverseSquare } = rootAndInverse(field, square);
    const ivLength = field.multiply(lengthBlock(0, 16), hashKey);
    for (const secret of [square, ofZero, ofOne]) secret.fill(0);
    const message = new PlatformMessage(field, keys, iv, { hashKey, inverseSquare, ivLength, mask }, aad.length);
    try {
      const probe = await tagOf(nothing, message.#ivOf(1));
      if (probe.some((byte, index) => byte !== mask[index])) throw new CipherClosed('message');
    } catch {
      message.close();
      return undefined;
    }
    if (aad.length > 0) message.#count(aad.length, message.#hashOf(aad));
    return message;
  }

  seal(piece: Bytes): Promise<Bytes> {
    this.#assertOpen();
    const { length } = piece;
    if (length === 0) return Promise.resolve(nothing);
    const iv = this.#ivOf(this.#hashed.advance(length) - 1);
    const lastBlock = piece.slice(Math.max(0, length - 16));
    const sealed = encrypt(this.#keys.gcm, iv, piece, nothing).finally(() => iv.fill(0));
    const mask = this.#nextMask;
    this.#nextMask = settled(
      sealed.then((bytes) => {
        // The block that masks the next piece's tag was this piece's last block of keystream.
        const block = add(lastBlock, bytes.subarray(length - 16, length));
        lastBlock.fill(0);
        return block;
      }),
    );
    this.#count(
      length,
      Promise.all([sealed, mask]).then(([bytes, masked]) => {
        const tag = bytes.subarray(length);
        const hash = add(add(tag, masked), this.#lengthTimesKey(0, length));
        tag.fill(0);
        masked.fill(0);
        return hash;
      }),
    );
    return Promise.all([sealed, this.#hash]).then(([bytes]) => bytes.subarray(0, length));
  }

  open(piece: Bytes): Promise<Bytes> {
    this.#assertOpen();
    const counter = this.#hashed.advance(piece.length);
    this.#count(piece.length, this.#hashOf(piece));
    return this.#keystream(counter, piece);
  }

  async hash(piece: Bytes): Promise<void> {
    this.#assertOpen();
    this.#hashed.advance(piece.length);
    const hash = this.#hashOf(piece);
    this.#count(piece.length, hash);
    await hash;
  }

  crypt(piece: Bytes): Promise<Bytes> {
    this.#assertOpen();
    return this.#keystream(this.#crypted.advance(piece.length), piece);
  }

  async tag(): Promise<Bytes> {
    this.#assertOpen();
    const hash = await this.#hash;
    this.#assertOpen();
    const lengths = this.#field.multiply(lengthBlock(this.#aadBytes, this.#hashed.bytes), this.#derived.hashKey);
    return add(add(this.#derived.mask, hash), lengths);
  }

  async check(tag: Bytes): Promise<void> {
    const expected = await this.tag();
    let difference = tag.length ^ 16;
    for (let i = 0; i < 16; i++) difference |= (expected[i] as number) ^ (tag[i] ?? 0);
    // The right tag of a wrong message is a forgery.
    expected.fill(0);
    if (difference !== 0) throw new AuthenticationFailed();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { hashKey, inverseSquare, ivLength, mask } = this.#derived;
    for (const secret of [hashKey, inverseSquare, ivLength, mask]) secret.fill(0);
    this.#kept?.power.fill(0);
    for (const secret of [this.#hash, this.#nextMask])
      secret.then(
        (bytes) => bytes.fill(0),
        () => {},
      );
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new CipherClosed('message');
  }

  /** The IV of 16 bytes whose counter block is this message's own with that number. */
  #ivOf(counter: number): Bytes {
    const block = new Uint8Array(16);
    block.set(this.#iv);
    new DataView(block.buffer).setUint32(12, counter);
    const { ivLength, inverseSquare } = this.#derived;
    return this.#field.multiply(add(block, ivLength), inverseSquare);
  }

  /** XORs the keystream from a counter on. */
  async #keystream(counter: number, piece: Bytes): Promise<Bytes> {
    if (this.#keys.ctr !== undefined) {
      const block = new Uint8Array(16);
      block.set(this.#iv);
      new DataView(block.buffer).setUint32(12, counter);
      const algorithm = { name: 'AES-CTR', counter: block, length: 32 };
      return this.#unlessClosed(
        new Uint8Array(await globalThis.crypto.subtle.encrypt(algorithm, this.#keys.ctr, piece)),
      );
    }
    const iv = this.#ivOf(counter - 1);
    const { length } = piece;
    const bytes = await encrypt(this.#keys.gcm, iv, piece, nothing);
    iv.fill(0);
    bytes.fill(0, length);
    return this.#unlessClosed(bytes).subarray(0, length);
  }

  /** Plaintext that was in flight at `close` is nobody's any more. @throws {CipherClosed} */
  #unlessClosed(plaintext: Bytes): Bytes {
    if (this.#isClosed) plaintext.fill(0);
    this.#assertOpen();
    return plaintext;
  }

  /** GHASH(piece) * H, from the tag of the piece as additional data. */
  async #hashOf(piece: Bytes): Promise<Element> {
    const { length } = piece;
    const tag = await encrypt(this.#keys.gcm, this.#iv, nothing, piece);
    this.#assertOpen();
    const hash = add(add(tag, this.#derived.mask), this.#lengthTimesKey(length, 0));
    tag.fill(0);
    return hash;
  }

  /** Appends a piece to W: `W * H^blocks + GHASH(piece) * H`. */
  #count(length: number, hash: Promise<Element>): void {
    const before = this.#hash;
    this.#hash = settled(
      Promise.all([before, hash]).then(([sum, next]) => {
        this.#assertOpen();
        const moved = this.#field.multiply(sum, this.#powerOf(Math.ceil(length / 16)));
        const result = add(moved, next);
        for (const secret of [sum, moved, next]) secret.fill(0);
        return result;
      }),
    );
  }

  #lengthTimesKey(aadBytes: number, dataBytes: number): Element {
    return this.#field.multiply(lengthBlock(aadBytes, dataBytes), this.#derived.hashKey);
  }

  /** H^blocks; the last one is kept, because all pieces but the last are equally long. */
  #powerOf(blocks: number): Element {
    if (this.#kept?.blocks !== blocks) {
      this.#kept?.power.fill(0);
      this.#kept = { blocks, power: power(this.#field, this.#derived.hashKey, blocks) };
    }
    return this.#kept.power;
  }
}

/** Marks the failure of a promise as seen: whoever waits for it later still gets it. */
function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function encrypt(key: CryptoKey, iv: Bytes, data: Bytes, additionalData: Bytes): Promise<Bytes> {
  const parameters = { name: 'AES-GCM', iv, additionalData, tagLength: 128 };
  return new Uint8Array(await globalThis.crypto.subtle.encrypt(parameters, key, data));
}
