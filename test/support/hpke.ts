// HPKE (RFC 9180) of one suite, mode base, written from the RFC with the noble packages, and with nothing of the library: DHKEM(P-256,
// HKDF-SHA256), HKDF-SHA256, AES-256-GCM. It is deterministic, so that the RFC's vectors prove it; the library is then held against it.
import { gcm } from '@noble/ciphers/aes.js';
import { p256 } from '@noble/curves/nist.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, utf8 } from './bytes.ts';

const concat = (...parts: readonly Uint8Array[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));
const none = new Uint8Array(0);
const kem = Uint8Array.of(...utf8('KEM'), 0, 0x10);
const suite = Uint8Array.of(...utf8('HPKE'), 0, 0x10, 0, 0x01, 0, 0x02);
const version = utf8('HPKE-v1');

const labeledExtract = (id: Bytes, salt: Bytes, label: string, ikm: Bytes): Bytes =>
  new Uint8Array(extract(sha256, concat(version, id, utf8(label), ikm), salt));
function labeledExpand(id: Bytes, prk: Bytes, label: string, info: Bytes, length: number): Bytes {
  if (length === 0) return none;
  const size = Uint8Array.of(length >> 8, length & 0xff);
  return new Uint8Array(expand(sha256, prk, concat(size, version, id, utf8(label), info), length));
}

/** DeriveKeyPair of section 7.1.3. */
export function deriveSecretKey(ikm: Bytes): Bytes {
  const prk = labeledExtract(kem, none, 'dkp_prk', ikm);
  for (let counter = 0; counter < 256; counter++) {
    const candidate = labeledExpand(kem, prk, 'candidate', Uint8Array.of(counter), 32);
    if (p256.utils.isValidSecretKey(candidate)) return candidate;
  }
  throw new Error('DeriveKeyPairError');
}

export const publicKeyOf = (secretKey: Bytes): Bytes => new Uint8Array(p256.getPublicKey(secretKey, false));

export interface ReferenceContext {
  readonly encapsulated: Bytes;
  seal(additionalData: Bytes, plaintext: Bytes): Bytes;
  open(additionalData: Bytes, ciphertext: Bytes): Bytes;
  exportSecret(context: Bytes, length: number): Bytes;
}

export const setUpSender = (publicKey: Bytes, info: Bytes, ephemeral: Bytes): ReferenceContext =>
  schedule(p256.getSharedSecret(ephemeral, publicKey, false), publicKeyOf(ephemeral), publicKey, info);

export const setUpRecipient = (secretKey: Bytes, encapsulated: Bytes, info: Bytes): ReferenceContext =>
  schedule(p256.getSharedSecret(secretKey, encapsulated, false), encapsulated, publicKeyOf(secretKey), info);

/** Sections 4.1 and 5.1. */
function schedule(point: Uint8Array, encapsulated: Bytes, recipient: Bytes, info: Bytes): ReferenceContext {
  const prk = labeledExtract(kem, none, 'eae_prk', point.slice(1, 33) as Bytes);
  const shared = labeledExpand(kem, prk, 'shared_secret', concat(encapsulated, recipient), 32);
  const [pskIdHash, infoHash] = [
    labeledExtract(suite, none, 'psk_id_hash', none),
    labeledExtract(suite, none, 'info_hash', info),
  ];
  const context = concat(Uint8Array.of(0), pskIdHash, infoHash);
  const secret = labeledExtract(suite, shared, 'secret', none);
  const key = labeledExpand(suite, secret, 'key', context, 32);
  const baseNonce = labeledExpand(suite, secret, 'base_nonce', context, 12);
  const exporter = labeledExpand(suite, secret, 'exp', context, 32);
  const next = () => {
    let sequence = 0;
    return () => {
      const nonce = new Uint8Array(baseNonce);
      new DataView(nonce.buffer).setUint32(8, new DataView(nonce.buffer).getUint32(8) ^ sequence++);
      return nonce;
    };
  };
  const [sending, receiving] = [next(), next()];
  return {
    encapsulated,
    seal: (additionalData, plaintext) => new Uint8Array(gcm(key, sending(), additionalData).encrypt(plaintext)),
    open: (additionalData, ciphertext) => new Uint8Array(gcm(key, receiving(), additionalData).decrypt(ciphertext)),
    exportSecret: (exporterContext, length) => labeledExpand(suite, exporter, 'sec', exporterContext, length),
  };
}
