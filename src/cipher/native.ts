// AES-GCM of the platform (crypto.subtle, in Node node:crypto). Every optional parameter is passed: a polluted Object.prototype would
// otherwise choose the tag's length.
import type { Bytes } from '../model/shape.ts';
import { type NodeKey, nodeCrypto } from './node-crypto.ts';
import { type NodeGcm, nodeGcmOf, openNodeGcm, plain } from './node-gcm.ts';
import { giveBack } from './spent.ts';

/** AES-256-GCM under one key, with 96-bit nonces, an empty AAD and a tag of 16 bytes at the end. Inputs are read at once. */
export interface Gcm {
  seal(nonce: Bytes, plaintext: Bytes): Promise<Bytes>;
  /** Rejects where the tag does not fit. */
  open(nonce: Bytes, sealed: Bytes): Promise<Bytes>;
  /** Where it works on the spot: Node's ciphers, and the core. */
  readonly now: GcmNow | undefined;
}

/** The same without a wait, its result in memory of the caller: what joins many messages then writes each of them once. */
export interface GcmNow {
  /** @param into 16 bytes longer than the plaintext */
  seal(nonce: Bytes, plaintext: Bytes, into: Bytes): void;
  /**
   * Throws where the tag does not fit; then `into` is as it was.
   * @param into 16 bytes shorter than what is sealed
   */
  open(nonce: Bytes, sealed: Bytes, into: Bytes): void;
}

/** A message key. In Node the handle is what its ciphers take, elsewhere a CryptoKey that nobody can read; both can be sent to a worker. */
export interface GcmKey {
  readonly handle: CryptoKey | NodeKey;
  readonly gcm: Gcm;
}

const noAad = new Uint8Array(0);
const parameters = (iv: Bytes) => ({ name: 'AES-GCM', iv, additionalData: noAad, tagLength: 128 });
const tagLength = 16;

/** @param key 32 bytes; the caller wipes them when this has returned */
export async function importGcm(key: Bytes): Promise<GcmKey> {
  const node = openNodeGcm(key);
  if (node !== undefined) return { handle: node.key, gcm: gcmOfNode(node) };
  const handle = await importHandle(key);
  return { handle, gcm: gcmOfSubtle(handle) };
}

function importHandle(key: Bytes): Promise<CryptoKey> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  return globalThis.crypto.subtle.importKey('raw', key, algorithm, false, ['encrypt', 'decrypt']);
}

/** @param handle of `importGcm`, in a worker */
export function gcmOf(handle: GcmKey['handle']): Gcm {
  if (nodeCrypto === undefined) return gcmOfSubtle(handle as CryptoKey);
  return gcmOfNode(nodeGcmOf(nodeCrypto, handle as NodeKey, 256));
}

function gcmOfSubtle(handle: CryptoKey): Gcm {
  const { subtle } = globalThis.crypto;
  const array = (buffer: ArrayBuffer): Bytes => new Uint8Array(buffer);
  return {
    now: undefined,
    seal: (nonce, plaintext) => subtle.encrypt(parameters(nonce), handle, plaintext).then(array),
    open: (nonce, sealed) => subtle.decrypt(parameters(nonce), handle, sealed).then(array),
  };
}

function gcmOfNode(node: NodeGcm): Gcm {
  const opened = (nonce: Bytes, sealed: Bytes): Bytes => {
    const length = sealed.length - tagLength;
    const cipher = node.opening(nonce);
    cipher.setAuthTag(sealed.subarray(length));
    const plaintext = plain(cipher.update(sealed.subarray(0, length)));
    try {
      cipher.final();
      return plaintext;
    } catch (error) {
      plaintext.fill(0);
      throw error;
    }
  };
  const now: GcmNow = {
    seal(nonce, plaintext, into) {
      const cipher = node.sealing(nonce);
      const ciphertext = cipher.update(plaintext);
      into.set(ciphertext);
      giveBack([ciphertext]);
      cipher.final();
      into.set(cipher.getAuthTag(), plaintext.length);
    },
    open(nonce, sealed, into) {
      const plaintext = opened(nonce, sealed);
      into.set(plaintext);
      plaintext.fill(0);
      giveBack([plaintext]);
    },
  };
  return {
    now,
    async seal(nonce, plaintext) {
      const sealed = new Uint8Array(plaintext.length + tagLength);
      now.seal(nonce, plaintext, sealed);
      return sealed;
    },
    open: async (nonce, sealed) => opened(nonce, sealed),
  };
}

/** @param key 32 bytes; the caller wipes them when this has returned */
export async function nativeGcm(key: Bytes): Promise<Gcm> {
  const node = openNodeGcm(key);
  return node === undefined ? gcmOfSubtle(await importHandle(key)) : gcmOfNode(node);
}
