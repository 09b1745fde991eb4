// The interface that both engines offer: AES-GCM (NIST SP 800-38D) under one key, IVs chosen by the caller. An IV must never
// serve twice under one key; the rooms above this one see to that.

/** Bytes of a tag; SP 800-38D, section 5.2.1.2, also knows 4 and 8, which are not offered. */
export type TagLength = 12 | 13 | 14 | 15 | 16;

/** Options of one message. Each is read once, and own properties only. */
export interface MessageOptions {
  /** Additional data: authenticated, not encrypted. */
  readonly aad?: Uint8Array | undefined;
  /** Where the result goes, when it is long enough; the result is then a view of it. May be the very input. */
  readonly into?: Uint8Array | undefined;
  /** 16 unless given. */
  readonly tagLength?: TagLength | undefined;
}

/** Options of many messages in one call. */
export interface ManyOptions {
  /** Additional data: one for all messages, or one each. */
  readonly aad?: Uint8Array | readonly Uint8Array[] | undefined;
  /** Where the results go, one right behind the other. */
  readonly into?: Uint8Array | undefined;
  readonly tagLength?: TagLength | undefined;
}

/** AES-GCM under one key. */
export interface Aead {
  /**
   * Encrypts and authenticates. Returns ciphertext and tag: `plaintext.length + tagLength` bytes.
   *
   * @param iv 12 bytes, or any other length but 0
   * @throws {InvalidArgument}
   */
  seal(iv: Uint8Array, plaintext: Uint8Array, options?: MessageOptions): Promise<Uint8Array>;
  /**
   * Checks and decrypts what `seal` returned. No byte of plaintext is released before the tag is checked.
   *
   * @throws {AuthenticationFailed} @throws {InvalidArgument}
   */
  open(iv: Uint8Array, sealed: Uint8Array, options?: MessageOptions): Promise<Uint8Array>;
  /** Forgets the key. Every later call throws `CipherClosed`. */
  close(): void;
}

/** The same, at once. */
export interface SyncAead {
  seal(iv: Uint8Array, plaintext: Uint8Array, options?: MessageOptions): Uint8Array;
  open(iv: Uint8Array, sealed: Uint8Array, options?: MessageOptions): Uint8Array;
  /**
   * Seals many short messages faster than one by one.
   *
   * @param ivs 12 bytes for each message, one behind the other
   * @returns ciphertexts and tags, one right behind the other: message i takes `records[i].length + tagLength` bytes
   */
  sealMany(ivs: Uint8Array, records: readonly Uint8Array[], options?: ManyOptions): Uint8Array;
  /**
   * Opens many. Returns the plaintexts one right behind the other, or throws `AuthenticationFailed` if any message is not
   * authentic, and then releases nothing.
   */
  openMany(ivs: Uint8Array, sealed: readonly Uint8Array[], options?: ManyOptions): Uint8Array;
  /** Begins a message that is sealed piece by piece. */
  sealStream(iv: Uint8Array): SealStream;
  /** Begins a message that is opened piece by piece. Its plaintext comes out before the tag is checked: see `OpenStream`. */
  openStream(iv: Uint8Array): OpenStream;
  close(): void;
}

/** A message on its way: `aad` any number of times, then `update` any number of times, then `final` once. */
interface AeadStream {
  /** The next piece of additional data. */
  aad(piece: Uint8Array): void;
  /** The next piece, of any length, and its result of the same length. At most 2^36 - 32 bytes in all. */
  update(piece: Uint8Array, into?: Uint8Array): Uint8Array;
  /** Gives up and wipes the stream's state. `final` does so too. */
  close(): void;
}

export interface SealStream extends AeadStream {
  /** The tag, 16 bytes unless another length is asked for. */
  final(tagLength?: TagLength): Uint8Array;
}

/** Whoever uses this must not act on any plaintext before `final` has returned: until then an attacker may have chosen it. */
export interface OpenStream extends AeadStream {
  /** Checks the tag. @throws {AuthenticationFailed} */
  final(tag: Uint8Array): void;
}

/** Bytes of data in one message: 2^36 - 32, SP 800-38D, section 5.2.1.1. */
export const maxMessageBytes: number = 2 ** 36 - 32;
export const ivBytes = 12;
