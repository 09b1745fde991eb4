// AES-GCM by the ciphers of Node, where this is Node: its WebCrypto hands every call to a pool of threads, which for a chunk of 16 KiB
// takes several times as long as the work, and its ciphers take a message in pieces. The bytes are the same.
import type { Bytes } from '../model/shape.ts';
import { type NodeCipher, type NodeCrypto, type NodeKey, nodeCrypto } from './node-crypto.ts';

const tag = { authTagLength: 16 };

/** AES-GCM under one key, a cipher for each message. */
export interface NodeGcm {
  readonly key: NodeKey;
  sealing(iv: Bytes): NodeCipher;
  opening(iv: Bytes): NodeCipher;
}

/**
 * @param key 16, 24 or 32 bytes; the caller wipes them when this has returned
 * @returns undefined where this is not Node, or one before 20.16
 */
export function openNodeGcm(key: Bytes): NodeGcm | undefined {
  return nodeCrypto && nodeGcmOf(nodeCrypto, nodeCrypto.createSecretKey(key), 8 * key.length);
}

/** The same with a key that Node keeps, as a thread gets it. */
export function nodeGcmOf({ createCipheriv, createDecipheriv }: NodeCrypto, key: NodeKey, bits: number): NodeGcm {
  const algorithm = `aes-${bits}-gcm`;
  return {
    key,
    sealing: (iv) => createCipheriv(algorithm, key, iv, tag),
    opening: (iv) => createDecipheriv(algorithm, key, iv, tag),
  };
}

/** A Buffer as the plain array that it is, with a buffer of its own. */
export function plain(buffer: Uint8Array): Bytes {
  const isWhole = buffer.byteOffset === 0 && buffer.byteLength === buffer.buffer.byteLength;
  return isWhole ? new Uint8Array(buffer.buffer as ArrayBuffer) : new Uint8Array(buffer);
}
