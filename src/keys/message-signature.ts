// Signatures over messages under key pairs that live for one message (ECDSA, FIPS 186-5): over a message at hand by the platform;
// over one that passes by in pieces in software, because WebCrypto hashes a message itself and in one go.
import type { Hash } from '@noble/hashes/utils.js';
import { type CompressedCurve, compressPoint, coordinateSize, decompressPoint } from '../formats/curve-point.ts';
import { signatureFromDer, signatureToDer } from '../formats/ecdsa-signature.ts';
import type { Bytes } from '../model/shape.ts';
import { type CurveSpec, curveOf } from './curves.ts';
import { randomBytes } from './random.ts';

/** Signs one message at hand. */
export interface MessageSigner {
  /** The public key, compressed. */
  readonly publicKey: Bytes;
  /** @returns the signature as DER */
  sign(message: Bytes): Promise<Bytes>;
}

/** Signs one message that passes by. */
export interface PassingSigner {
  readonly publicKey: Bytes;
  update(piece: Bytes): void;
  /** @returns the signature as DER; the private key is wiped */
  sign(): Bytes;
}

/** Checks one message that passes by. */
export interface PassingVerifier {
  update(piece: Bytes): void;
  verify(der: Bytes): boolean;
}

const hashName = (curve: CompressedCurve): string => `SHA-${curve.slice(2)}`;
const specOf = (curve: CompressedCurve): CurveSpec => (curve === 'P-256' ? 'ECC_NIST_P256' : 'ECC_NIST_P384');
const options = { prehash: false, lowS: false };

export async function newMessageSigner(curve: CompressedCurve): Promise<MessageSigner> {
  const { subtle } = globalThis.crypto;
  const algorithm = { name: 'ECDSA', namedCurve: curve };
  const pair = (await subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair;
  const point = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
  return {
    publicKey: compressPoint(point),
    async sign(message) {
      const parameters = { name: 'ECDSA', hash: { name: hashName(curve) } };
      return signatureToDer(new Uint8Array(await subtle.sign(parameters, pair.privateKey, message)));
    },
  };
}

/** True where the signature is one of the key over the message; false for everything else, whatever is wrong. */
export async function verifyMessage(
  curve: CompressedCurve,
  publicKey: Bytes,
  message: Bytes,
  der: Bytes,
): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  const point = decompressPoint(curve, publicKey);
  const signature = signatureFromDer(der, coordinateSize(curve));
  if (point === undefined || signature === undefined) return false;
  const key = await subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: curve }, false, ['verify']);
  return subtle.verify({ name: 'ECDSA', hash: { name: hashName(curve) } }, key, signature, message);
}

/** The nonce comes from the key, the digest and fresh randomness together (RFC 6979, section 3.6). */
export async function newPassingSigner(curve: CompressedCurve): Promise<PassingSigner> {
  const [ecdsa, hash] = await Promise.all([curveOf(specOf(curve)), newHash(curve)]);
  const secret = ecdsa.utils.randomSecretKey(randomBytes(ecdsa.lengths.seed as number));
  return {
    publicKey: new Uint8Array(ecdsa.getPublicKey(secret, true)),
    update: (piece) => void hash.update(piece),
    sign() {
      try {
        const extraEntropy = randomBytes(32);
        return signatureToDer(new Uint8Array(ecdsa.sign(hash.digest(), secret, { ...options, extraEntropy })));
      } finally {
        secret.fill(0);
      }
    },
  };
}

/** @returns undefined where the bytes are not a public key of the curve */
export async function newPassingVerifier(
  curve: CompressedCurve,
  publicKey: Bytes,
): Promise<PassingVerifier | undefined> {
  const point = decompressPoint(curve, publicKey);
  if (point === undefined) return undefined;
  const [ecdsa, hash] = await Promise.all([curveOf(specOf(curve)), newHash(curve)]);
  return {
    update: (piece) => void hash.update(piece),
    verify(der) {
      const signature = signatureFromDer(der, coordinateSize(curve));
      if (signature === undefined) return false;
      try {
        return ecdsa.verify(signature, hash.digest(), point, options);
      } catch {
        // Numbers out of the range of the curve's order.
        return false;
      }
    },
  };
}

async function newHash(curve: CompressedCurve): Promise<Hash<unknown>> {
  const { sha256, sha384 } = await import('@noble/hashes/sha2.js');
  return (curve === 'P-256' ? sha256 : sha384).create();
}
