// AES-GCM, HKDF, SHA-256 and HMAC of Node's own crypto module. WebCrypto of Node hands each call to a thread and back, which costs more than the
// work on a frame of a few KB; `node:crypto` does it on the spot.
import { nodeModule } from './node-module.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A key that Node keeps outside of JavaScript's memory. With bytes instead, each cipher makes one anew. */
export interface NodeKey {
  readonly type: string;
  /** Since Node 22.10. */
  toCryptoKey?(
    algorithm: { name: string; hash: { name: string }; length?: number },
    extractable: boolean,
    usages: readonly ('sign' | 'verify')[],
  ): CryptoKey;
}

export interface NodeCipher {
  setAAD(aad: Bytes): unknown;
  setAuthTag(tag: Bytes): unknown;
  getAuthTag(): Bytes;
  update(data: Bytes): Bytes;
  final(): Bytes;
}

export interface NodeHmac {
  update(data: Bytes | string): NodeHmac;
  digest(): Bytes;
}

/** The part of `node:crypto` that is used here. */
export interface NodeCrypto {
  createSecretKey(key: Bytes): NodeKey;
  generateKeySync(type: 'hmac', options: { length: number }): NodeKey;
  createCipheriv(algorithm: string, key: Bytes | NodeKey, iv: Bytes, options: { authTagLength: number }): NodeCipher;
  createDecipheriv(algorithm: string, key: Bytes | NodeKey, iv: Bytes, options: { authTagLength: number }): NodeCipher;
  hash(algorithm: string, data: Bytes | string, encoding: 'hex'): string;
  createHmac(algorithm: string, key: NodeKey): NodeHmac;
  hkdfSync(hash: string, key: Bytes, salt: Bytes, info: Bytes, length: number): ArrayBuffer;
}

/** The module, or undefined in every runtime but Node; also in Node before 20.16, which cannot be asked. */
export const nodeCrypto: NodeCrypto | undefined = nodeModule('node:crypto') as NodeCrypto | undefined;
