// The libraries that the core is compared with, each as a function that seals one message under one key. Keys are cached
// where the library can: noble, node-forge and libsodium take the key with every message.
import { gcm } from '@noble/ciphers/aes.js';
import { AES } from '@stablelib/aes';
import { GCM } from '@stablelib/gcm';
import sodium from 'libsodium-wrappers-sumo';
import forge from 'node-forge';
import sjcl from 'sjcl';

export interface Peer {
  readonly name: string;
  /** The longest message worth waiting for. */
  readonly upTo: number;
  seal(message: Uint8Array): unknown;
}

const key = crypto.getRandomValues(new Uint8Array(32));
const iv = crypto.getRandomValues(new Uint8Array(12));
const megabyte = 1 << 20;
const binary = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** sjcl works on arrays of 32-bit words; the conversion is part of its cost. Lengths are multiples of four here. */
function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getInt32(4 * i));
}

export async function loadPeers(): Promise<Peer[]> {
  await sodium.ready;
  const [longNonce, aegisNonce] = [
    crypto.getRandomValues(new Uint8Array(24)),
    crypto.getRandomValues(new Uint8Array(32)),
  ];
  const stablelib = new GCM(new AES(key));
  const sjclAes = new sjcl.cipher.aes(words(key));
  const sjclIv = words(iv);
  return [
    { name: '@noble/ciphers gcm', upTo: 16 * megabyte, seal: (message) => gcm(key, iv).encrypt(message) },
    {
      name: 'libsodium XChaCha20-Poly1305 (WASM)',
      upTo: 16 * megabyte,
      seal: (message) => sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, null, null, longNonce, key),
    },
    {
      name: 'libsodium AEGIS-256 (WASM)',
      upTo: 16 * megabyte,
      seal: (message) => sodium.crypto_aead_aegis256_encrypt(message, null, null, aegisNonce, key),
    },
    { name: '@stablelib/gcm', upTo: 65_536, seal: (message) => stablelib.seal(iv, message) },
    {
      name: 'sjcl gcm',
      upTo: 65_536,
      seal: (message) => sjcl.mode.gcm.encrypt(sjclAes, words(message), sjclIv, [], 128),
    },
    {
      name: 'node-forge gcm',
      upTo: 65_536,
      seal(message) {
        const cipher = forge.cipher.createCipher('AES-GCM', binary(key));
        cipher.start({ iv: binary(iv), tagLength: 128 });
        cipher.update(forge.util.createBuffer(message));
        cipher.finish();
        return cipher.output.getBytes() + cipher.mode.tag.getBytes();
      },
    },
  ];
}
