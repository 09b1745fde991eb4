// AES-GCM of Node itself, where this is Node: its WebCrypto hands every call to a pool of threads, which for a chunk of 16 KiB takes several
// times as long as the work, and its ciphers take a message in pieces. The bytes are the same. Asked for at run time, so that bundles for
// browsers hold nothing of Node.
import type { Bytes } from '../model/shape.ts';
import { runtimeOf } from './crossover.ts';

interface NodeCipher {
  setAAD(aad: Uint8Array): void;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}
export interface NodeSealing extends NodeCipher {
  getAuthTag(): Uint8Array;
}
export interface NodeOpening extends NodeCipher {
  setAuthTag(tag: Uint8Array): void;
}
/** A key that Node holds outside of JavaScript's memory. */
export type NodeKey = object;

type Options = { authTagLength: 16 };
/** What is used of `node:crypto`. */
interface NodeCrypto {
  createSecretKey(key: Uint8Array): NodeKey;
  createCipheriv(algorithm: string, key: NodeKey, iv: Uint8Array, options: Options): NodeSealing;
  createDecipheriv(algorithm: string, key: NodeKey, iv: Uint8Array, options: Options): NodeOpening;
}

type Process = { getBuiltinModule?: (name: string) => NodeCrypto | undefined };
const tag: Options = { authTagLength: 16 };
let loaded: NodeCrypto | false | undefined;

function load(): NodeCrypto | undefined {
  if (loaded === undefined) {
    const { process } = globalThis as { process?: Process };
    const isNode = runtimeOf(globalThis as object) === 'node';
    loaded = (isNode ? process?.getBuiltinModule?.('node:crypto') : undefined) ?? false;
  }
  return loaded || undefined;
}

/** AES-GCM under one key, a cipher for each message. */
export interface NodeGcm {
  sealing(iv: Uint8Array): NodeSealing;
  opening(iv: Uint8Array): NodeOpening;
}

/**
 * @param key 16, 24 or 32 bytes; the caller wipes them when this has returned
 * @returns undefined where this is not Node, or one before 20.16
 */
export function openNodeGcm(key: Bytes): NodeGcm | undefined {
  const crypto = load();
  if (crypto === undefined) return undefined;
  const algorithm = `aes-${8 * key.length}-gcm`;
  const handle = crypto.createSecretKey(key);
  return {
    sealing: (iv) => crypto.createCipheriv(algorithm, handle, iv, tag),
    opening: (iv) => crypto.createDecipheriv(algorithm, handle, iv, tag),
  };
}

/** A Buffer as the plain array that it is, with a buffer of its own. */
export function plain(buffer: Uint8Array): Bytes {
  const isWhole = buffer.byteOffset === 0 && buffer.byteLength === buffer.buffer.byteLength;
  return isWhole ? new Uint8Array(buffer.buffer as ArrayBuffer) : new Uint8Array(buffer);
}
