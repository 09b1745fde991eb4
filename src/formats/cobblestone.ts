// Cobblestone-256, the C2SP chunked-encryption format with AES-256-GCM: c2sp.org/chunked-encryption, version 1. Pure: the PRF
// of the input key and the AEAD come from the caller, so the input key may be a CryptoKey that nobody can read.
import { type Bytes, concat, isEqual, utf8 } from './bytes.ts';

export const saltLength = 24;
export const commitmentLength = 32;
/** Bytes before the first chunk. */
export const prefixLength = 56;
/** Plaintext bytes of every chunk but the last, which is always shorter and may be empty. */
export const chunkLength = 16_384;
export const tagLength = 16;
export const sealedChunkLength = 16_400;
/** Most chunks of one message. */
export const mostChunks: number = 2 ** 38;

/** HMAC-SHA-512 under the input key. */
export type Prf = (message: Bytes) => Promise<Bytes>;

/** AES-256-GCM with an empty AAD under one message key; `open` throws where the tag does not fit. */
export interface ChunkCipher {
  seal(nonce: Bytes, plaintext: Uint8Array<ArrayBuffer>): Promise<Bytes>;
  open(nonce: Bytes, sealed: Uint8Array<ArrayBuffer>): Promise<Bytes>;
}

/** Makes the cipher of a message key; the caller wipes the key bytes afterwards. */
export type ChunkCipherOf = (key: Bytes) => Promise<ChunkCipher>;

/** What one message is sealed with: derived from input key, salt and context. */
export interface MessageKeys {
  readonly key: Bytes;
  readonly baseNonce: Bytes;
  readonly commitment: Bytes;
}

const label = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM');

/** HKDF-Expand (RFC 5869, section 2.3) with HMAC-SHA-512, the input key as PRK, to 76 bytes. */
export async function deriveMessageKeys(prf: Prf, salt: Uint8Array, context: Uint8Array): Promise<MessageKeys> {
  const info = concat(label, Uint8Array.of(0), salt, context);
  const t1 = await prf(concat(info, Uint8Array.of(1)));
  const second = concat(t1, info, Uint8Array.of(2));
  const t2 = await prf(second);
  const okm = concat(t1, t2);
  const keys = { key: okm.slice(0, 32), baseNonce: okm.slice(32, 44), commitment: okm.slice(44, 76) };
  for (const secret of [t1, second, t2, okm]) secret.fill(0);
  return keys;
}

/** The nonce of a chunk: the base nonce XOR the chunk's number, big-endian and right-aligned. */
export function chunkNonce(baseNonce: Uint8Array, index: number): Bytes {
  const nonce = new Uint8Array(baseNonce);
  const view = new DataView(nonce.buffer);
  // Bit operations work on 32 bits, the number has up to 38.
  view.setUint32(8, view.getUint32(8) ^ (index % 2 ** 32));
  view.setUint32(4, view.getUint32(4) ^ Math.floor(index / 2 ** 32));
  return nonce;
}

/** Length of the message of a plaintext. */
export const sealedLength = (plaintextLength: number): number =>
  prefixLength + plaintextLength + (Math.floor(plaintextLength / chunkLength) + 1) * tagLength;

/**
 * Seals a whole message.
 * @param salt 24 random bytes, never used twice under one input key
 */
export async function sealMessage(
  prf: Prf,
  cipherOf: ChunkCipherOf,
  salt: Uint8Array,
  context: Uint8Array,
  plaintext: Bytes,
): Promise<Bytes> {
  const keys = await deriveMessageKeys(prf, salt, context);
  const cipher = await cipherOf(keys.key);
  keys.key.fill(0);
  const chunks: Bytes[] = [];
  for (let index = 0; index <= Math.floor(plaintext.length / chunkLength); index++) {
    const chunk = plaintext.subarray(index * chunkLength, (index + 1) * chunkLength);
    chunks.push(await cipher.seal(chunkNonce(keys.baseNonce, index), chunk));
  }
  return concat(salt, keys.commitment, ...chunks);
}

/**
 * Opens a whole message. The commitment is compared before anything is decrypted.
 * @returns the plaintext, or undefined whatever is wrong with the message
 */
export async function openMessage(
  prf: Prf,
  cipherOf: ChunkCipherOf,
  context: Uint8Array,
  message: Bytes,
): Promise<Bytes | undefined> {
  const count = chunkCount(message.length);
  if (count === undefined) return undefined;
  const keys = await deriveMessageKeys(prf, message.subarray(0, saltLength), context);
  const commits = isEqual(keys.commitment, message.subarray(saltLength, prefixLength));
  const cipher = commits ? await cipherOf(keys.key) : undefined;
  keys.key.fill(0);
  if (cipher === undefined) return undefined;
  const chunks: Bytes[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const start = prefixLength + index * sealedChunkLength;
      chunks.push(
        await cipher.open(chunkNonce(keys.baseNonce, index), message.subarray(start, start + sealedChunkLength)),
      );
    }
    return concat(...chunks);
  } catch {
    return undefined;
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

/** Number of chunks of a message of this length, or undefined where no message has it. */
export function chunkCount(messageLength: number): number | undefined {
  const body = messageLength - prefixLength;
  const count = Math.floor(body / sealedChunkLength) + 1;
  // The last chunk is shorter than a full one, and never shorter than its tag.
  return body < tagLength || body % sealedChunkLength < tagLength || count > mostChunks ? undefined : count;
}

/** Length of the plaintext of a message of this length, or undefined where no message has it. */
export function plaintextLength(messageLength: number): number | undefined {
  const count = chunkCount(messageLength);
  return count === undefined ? undefined : messageLength - prefixLength - count * tagLength;
}
