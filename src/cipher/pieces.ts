// Many messages of AES-GCM under one key, such as the frames of a file: the whole batch goes to the engine that is fastest for
// their length. Node has one that works on the spot; elsewhere short pieces are the WASM core's, long ones WebCrypto's.
import { batchCrossoverOf, runtimeOf } from './crossover.ts';
import { AuthenticationFailed, InvalidArgument } from './errors.ts';
import { type NodeCrypto, type NodeKey, nodeCrypto } from './node-crypto.ts';
import { giveBack } from './spent.ts';
import { loadSyncCiphers, type SyncCiphers } from './wasm-engine.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** One message. */
export interface CipherPiece {
  /** 12 bytes. */
  readonly iv: Bytes;
  readonly aad: Bytes;
  /** To seal: plaintext. To open: ciphertext and its tag of 16 bytes. Must not change before the batch is done. */
  readonly data: Bytes;
  /** Where the result goes: 16 bytes longer than the plaintext, or as long as it. May begin where `data` begins. */
  readonly into: Bytes;
}

export interface PieceCipher {
  seal(pieces: readonly CipherPiece[]): Promise<void>;
  /**
   * Opens all or none: where a piece is not authentic, the caller must not use what others have written.
   *
   * @throws {AuthenticationFailed}
   */
  open(pieces: readonly CipherPiece[]): Promise<void>;
  /** Forgets the key. */
  close(): void;
}

const tagBytes = 16;

/**
 * Opens a key of 16, 24 or 32 bytes. The caller wipes the bytes when this has returned.
 *
 * @param pieceLength how long most pieces will be; whatever is given, all lengths work
 * @throws {WasmBlocked} where neither engine can take the key: AES-192 in Chromium, and no WebAssembly
 */
export async function openPieces(key: Bytes, pieceLength: number): Promise<PieceCipher> {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32)
    throw new InvalidArgument('key', 'must have 16, 24 or 32 bytes');
  if (nodeCrypto !== undefined) return new NodePieces(nodeCrypto, key);
  const isForCore = pieceLength <= batchCrossoverOf(runtimeOf(globalThis as object));
  const handle = isForCore ? undefined : await importGcm(key);
  if (handle !== undefined) return new NativePieces(handle);
  // The copy is made before the wait, because the caller may wipe the key meanwhile; it is wiped by close().
  const copy = key.slice();
  try {
    return new CorePieces(await loadSyncCiphers(), copy);
  } catch (blocked) {
    const fallback = await importGcm(copy);
    copy.fill(0);
    if (fallback === undefined) throw blocked;
    return new NativePieces(fallback);
  }
}

/** The same for a key that the platform holds. */
export const piecesUnder = (key: CryptoKey): PieceCipher => new NativePieces(key);

/** Chromium and others have no AES-192. */
async function importGcm(key: Bytes): Promise<CryptoKey | undefined> {
  const algorithm = { name: 'AES-GCM', length: 8 * key.length };
  try {
    return await globalThis.crypto.subtle.importKey('raw', key, algorithm, false, ['encrypt', 'decrypt']);
  } catch (error) {
    if (key.length !== 24) throw error;
    return undefined;
  }
}

/** Bytes in flight at once: enough for a pool of threads, and few enough to be in a processor's cache when their results come. */
const mostInFlight = 524_288;

class NativePieces implements PieceCipher {
  #key: CryptoKey | undefined;

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  seal(pieces: readonly CipherPiece[]): Promise<void> {
    return this.#run(pieces, 'encrypt');
  }

  async open(pieces: readonly CipherPiece[]): Promise<void> {
    try {
      await this.#run(pieces, 'decrypt');
    } catch {
      // Runtimes differ in what they say here, so nothing of it is passed on.
      throw new AuthenticationFailed();
    }
  }

  async #run(pieces: readonly CipherPiece[], operation: 'encrypt' | 'decrypt'): Promise<void> {
    const key = this.#key as CryptoKey;
    const { subtle } = globalThis.crypto;
    for (let next = 0; next < pieces.length; ) {
      const group: readonly CipherPiece[] = pieces.slice(next, next + groupLength(pieces, next));
      const running = group.map(({ iv, aad, data }) =>
        subtle[operation]({ name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 }, key, data),
      );
      // All that was begun is waited for, also where one has failed: nothing is written behind the caller's back.
      const results = (await allOf(running)).map((result) => new Uint8Array(result));
      results.forEach((result, index) => {
        group[index]?.into.set(result);
        if (operation === 'decrypt') result.fill(0);
      });
      giveBack(results);
      next += group.length;
    }
  }

  close(): void {
    this.#key = undefined;
  }
}

function groupLength(pieces: readonly CipherPiece[], start: number): number {
  let bytes = 0;
  let end = start;
  do bytes += pieces[end++]?.data.length ?? 0;
  while (bytes < mostInFlight && end < pieces.length);
  return end - start;
}

async function allOf(running: readonly Promise<ArrayBuffer>[]): Promise<ArrayBuffer[]> {
  const settled = await Promise.allSettled(running);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Each batch at once. The key takes a place in the core for as long as a batch takes, so a stream left half-read blocks none. */
class CorePieces implements PieceCipher {
  readonly #ciphers: SyncCiphers;
  readonly #key: Bytes;

  constructor(ciphers: SyncCiphers, key: Bytes) {
    this.#ciphers = ciphers;
    this.#key = key;
  }

  async seal(pieces: readonly CipherPiece[]): Promise<void> {
    const native = await this.#whereFull();
    if (native !== undefined) return native.seal(pieces);
    this.#batch(pieces, 'seal');
  }

  async open(pieces: readonly CipherPiece[]): Promise<void> {
    const native = await this.#whereFull();
    if (native !== undefined) return native.open(pieces);
    this.#batch(pieces, 'open');
  }

  /** The platform's, while the data keys of sealers have all places in the core. It has no AES-192 everywhere. */
  async #whereFull(): Promise<PieceCipher | undefined> {
    const handle = this.#ciphers.isFull ? await importGcm(this.#key) : undefined;
    return handle && new NativePieces(handle);
  }

  #batch(pieces: readonly CipherPiece[], operation: 'seal' | 'open'): void {
    const cipher = this.#ciphers.openKey(this.#key);
    try {
      for (const { iv, aad, data, into } of pieces) cipher[operation](iv, data, { aad, into });
    } finally {
      cipher.close();
    }
  }

  close(): void {
    this.#key.fill(0);
  }
}

class NodePieces implements PieceCipher {
  readonly #crypto: NodeCrypto;
  readonly #algorithm: string;
  #key: NodeKey | undefined;

  constructor(crypto: NodeCrypto, key: Bytes) {
    this.#crypto = crypto;
    this.#algorithm = `aes-${8 * key.length}-gcm`;
    // Once, because it costs as much as sealing some KB.
    this.#key = crypto.createSecretKey(key);
  }

  async seal(pieces: readonly CipherPiece[]): Promise<void> {
    const key = this.#key as NodeKey;
    for (const { iv, aad, data, into } of pieces) {
      const cipher = this.#crypto.createCipheriv(this.#algorithm, key, iv, { authTagLength: tagBytes });
      cipher.setAAD(aad);
      const ciphertext = cipher.update(data);
      into.set(ciphertext);
      giveBack([ciphertext]);
      cipher.final();
      into.set(cipher.getAuthTag(), data.length);
    }
  }

  async open(pieces: readonly CipherPiece[]): Promise<void> {
    const key = this.#key as NodeKey;
    for (const { iv, aad, data, into } of pieces) {
      const end = data.length - tagBytes;
      const cipher = this.#crypto.createDecipheriv(this.#algorithm, key, iv, { authTagLength: tagBytes });
      cipher.setAAD(aad);
      cipher.setAuthTag(data.subarray(end));
      const opened = cipher.update(data.subarray(0, end));
      try {
        cipher.final();
        into.set(opened);
      } catch {
        throw new AuthenticationFailed();
      } finally {
        opened.fill(0);
        giveBack([opened]);
      }
    }
  }

  close(): void {
    this.#key = undefined;
  }
}
