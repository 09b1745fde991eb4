// The two engines behind one face, so that one test runs through both.
import { assert } from 'chai';
import type { MessageOptions, TagLength } from '../../src/cipher/aead.ts';
import { openNativeKey } from '../../src/cipher/native-engine.ts';
import { loadSyncCiphers } from '../../src/cipher/wasm-engine.ts';

export interface Engine {
  readonly name: 'wasm' | 'native';
  /** Whether this engine can take a key, an IV and a tag of that many bytes here. */
  takes(keyBytes: number, ivBytes: number, tagLength?: TagLength): Promise<boolean>;
  seal(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, options?: MessageOptions): Promise<Uint8Array>;
  open(key: Uint8Array, iv: Uint8Array, sealed: Uint8Array, options?: MessageOptions): Promise<Uint8Array>;
}

const wasm: Engine = {
  name: 'wasm',
  takes: async () => true,
  async seal(key, iv, plaintext, options) {
    const cipher = (await loadSyncCiphers()).openKey(key);
    try {
      return cipher.seal(iv, plaintext, options);
    } finally {
      cipher.close();
    }
  },
  async open(key, iv, sealed, options) {
    const cipher = (await loadSyncCiphers()).openKey(key);
    try {
      return cipher.open(iv, sealed, options);
    } finally {
      cipher.close();
    }
  },
};

const native: Engine = {
  name: 'native',
  // Chromium has no AES-192, Node few IVs of other lengths than 12 bytes, and Deno opens nothing with a tag under 16 bytes.
  async takes(keyBytes, ivBytes, tagLength = 16) {
    const [key, iv] = [new Uint8Array(keyBytes), new Uint8Array(ivBytes)];
    try {
      const sealed = await native.seal(key, iv, new Uint8Array(0), { tagLength });
      return (await native.open(key, iv, sealed, { tagLength })).length === 0;
    } catch {
      return false;
    }
  },
  seal: async (key, iv, plaintext, options) => (await openNativeKey(key)).seal(iv, plaintext, options),
  open: async (key, iv, sealed, options) => (await openNativeKey(key)).open(iv, sealed, options),
};

export const engines: readonly Engine[] = [wasm, native];

/** The name of the error that `work` throws or rejects with; fails the test where it does neither. */
export async function errorName(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  return assert.fail('nothing was thrown');
}
