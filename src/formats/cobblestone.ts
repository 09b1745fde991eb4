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
  /** Where it works without a wait: into memory of the caller, 16 bytes longer than the plaintext. */
  readonly now?: { seal(nonce: Bytes, plaintext: Bytes, into: Bytes): void } | undefined;
}

/** Makes the cipher of a message key; the caller wipes the key bytes afterwards. */
export type ChunkCipherOf = (key: Bytes) => Promise<ChunkCipher>;

/** What one message is sealed with: derived from input key, salt and context. */
export interface MessageKeys {
  readonly key: Bytes;
  readonly baseNonce: Bytes;
  readonly commitment: Bytes;
}

const label = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');

const none = new Uint8Array(0);
const blockLength = 64;

/** HKDF-Expand (RFC 5869, section 2.3) with HMAC-SHA-512, the input key as PRK, to 76 bytes. */
export async function deriveMessageKeys(prf: Prf, salt: Uint8Array, context: Uint8Array): Promise<MessageKeys> {
  // One buffer for both steps: T(1) goes in front of what was hashed to it.
  const step = new Uint8Array(blockLength + label.length + salt.length + context.length + 1);
  step.set(label, blockLength);
  step.set(salt, blockLength + label.length);
  step.set(context, blockLength + label.length + salt.length);
  step[step.length - 1] = 1;
  const t1 = await prf(step.subarray(blockLength));
  step.set(t1);
  step[step.length - 1] = 2;
  const t2 = await prf(step);
  const commitment = new Uint8Array(commitmentLength);
  commitment.set(t1.subarray(44));
  commitment.set(t2.subarray(0, 12), 20);
  const keys = { key: t1.slice(0, 32), baseNonce: t1.slice(32, 44), commitment };
  for (const secret of [t1, step, t2]) secret.fill(0);
  return keys;
}

/** The nonce of a chunk: the base nonce XOR the chunk's number, big-endian and right-aligned. */
export function chunkNonce(baseNonce: Uint8Array, index: number): Bytes {
  const nonce = new Uint8Array(baseNonce);
  // Bit operations work on 32 bits, the number has up to 38.
  const [low, high] = [index % 2 ** 32, Math.floor(index / 2 ** 32)];
  for (let i = 0; i < 4; i++) {
    nonce[11 - i] = (nonce[11 - i] as number) ^ ((low >>> (8 * i)) & 255);
    nonce[7 - i] = (nonce[7 - i] as number) ^ ((high >>> (8 * i)) & 255);
  }
  return nonce;
}

/** Length of the message of a plaintext. */
export const sealedLength = (plaintextLength: number): number =>
  prefixLength + plaintextLength + (Math.floor(plaintextLength / chunkLength) + 1) * tagLength;

/**
 * Seals a whole message.
 * @param salt 24 random bytes, never used twice under one input key
 * @param before what the result begins with, ahead of the message
 */
export async function sealMessage(
  prf: Prf,
  cipherOf: ChunkCipherOf,
  salt: Uint8Array,
  context: Uint8Array,
  plaintext: Bytes,
  before: Uint8Array = none,
): Promise<Bytes> {
  const keys = await deriveMessageKeys(prf, salt, context);
  const cipher = await cipherOf(keys.key);
  keys.key.fill(0);
  const sealed = new Uint8Array(before.length + sealedLength(plaintext.length));
  let written = 0;
  const append = (part: Uint8Array): void => {
    sealed.set(part, written);
    written += part.length;
  };
  for (const part of [before, salt, keys.commitment]) append(part);
  for (let index = 0; index <= Math.floor(plaintext.length / chunkLength); index++) {
    const chunk = plaintext.subarray(index * chunkLength, (index + 1) * chunkLength);
    const nonce = chunkNonce(keys.baseNonce, index);
    if (cipher.now === undefined) append(await cipher.seal(nonce, chunk));
    else {
      const end = written + chunk.length + tagLength;
      cipher.now.seal(nonce, chunk, sealed.subarray(written, end));
      written = end;
    }
  }
  return sealed;
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
    const [only] = chunks;
    if (count === 1 && only !== undefined) return only;
    const opened = concat(...chunks);
    for (const chunk of chunks) chunk.fill(0);
    return opened;
  } catch {
    for (const chunk of chunks) chunk.fill(0);
    return undefined;
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
