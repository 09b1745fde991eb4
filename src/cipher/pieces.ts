// Many messages of AES-GCM under one key, such as the frames of a file: the whole batch goes to the engine that is fastest for
// their length. Node has one that works on the spot; elsewhere short pieces are the WASM core's, long ones WebCrypto's.
import { batchCrossoverOf, runtimeOf } from './crossover.ts';
import { AuthenticationFailed, InvalidArgument } from './errors.ts';
import { type NodeCrypto, nodeCrypto } from './node-crypto.ts';
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

/** So many bytes in flight keep a thread pool busy, and stay in a processor's cache until their results are put in place. */
const mostInFlight = 524_288;

class NativePieces implements PieceCipher {
  #key: CryptoKey | undefined;

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  async seal(pieces: readonly CipherPiece[]): Promise<void> {
    await this.#run(pieces, 'encrypt', (error) => error);
  }

  async open(pieces: readonly CipherPiece[]): Promise<void> {
    // Runtimes differ in what they say here, so nothing of it is passed on.
    await this.#run(pieces, 'decrypt', () => new AuthenticationFailed());
  }

  /** Waits for all that was begun, also where one has failed: nothing is written behind the caller's back. */
  async #run(
    pieces: readonly CipherPiece[],
    operation: 'encrypt' | 'decrypt',
    errorOf: (reason: unknown) => unknown,
  ): Promise<void> {
    const key = this.#key as CryptoKey;
    const { subtle } = globalThis.crypto;
    const failures: unknown[] = [];
    let running: Promise<void>[] = [];
    let inFlight = 0;
    for (const [index, { iv, aad, data, into }] of pieces.entries()) {
      const parameters = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 };
      running.push(
        subtle[operation](parameters, key, data).then(
          (result) => into.set(new Uint8Array(result)),
          (reason) => void failures.push(reason),
        ),
      );
      inFlight += data.length;
      if (inFlight < mostInFlight && index < pieces.length - 1) continue;
      await Promise.all(running);
      if (failures.length > 0) throw errorOf(failures[0]);
      running = [];
      inFlight = 0;
    }
  }

  close(): void {
    this.#key = undefined;
  }
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
    this.#batch(pieces, 'seal');
  }

  async open(pieces: readonly CipherPiece[]): Promise<void> {
    this.#batch(pieces, 'open');
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
  readonly #key: Bytes;

  constructor(crypto: NodeCrypto, key: Bytes) {
    this.#crypto = crypto;
    this.#algorithm = `aes-${8 * key.length}-gcm`;
    // Bytes, because opening a KeyObject anew for each piece costs as much as half a KB of data.
    this.#key = key.slice();
  }

  async seal(pieces: readonly CipherPiece[]): Promise<void> {
    const key = this.#key;
    for (const { iv, aad, data, into } of pieces) {
      const cipher = this.#crypto.createCipheriv(this.#algorithm, key, iv, { authTagLength: tagBytes });
      cipher.setAAD(aad);
      into.set(cipher.update(data));
      cipher.final();
      into.set(cipher.getAuthTag(), data.length);
    }
  }

  async open(pieces: readonly CipherPiece[]): Promise<void> {
    const key = this.#key;
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
      }
    }
  }

  close(): void {
    this.#key.fill(0);
  }
}
