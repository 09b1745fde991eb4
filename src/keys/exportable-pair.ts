// The one place that makes keys whose private half can be read: GenerateDataKeyPair gives them to its caller, and keys that the
// API uses in more ways than one CryptoKey can (docs/keys.md) are kept wrapped. The import rule allows it to this file only.
import { encodeScalar, encodeSeed, encodeSpki } from '../formats/key-der.ts';
import type { PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { curveOf } from './curves.ts';
import { randomBytes } from './random.ts';

/** A key pair as bytes. The caller wipes `pkcs8`. */
export interface PairBytes {
  /** PKCS#8. */
  readonly pkcs8: Bytes;
  /** SubjectPublicKeyInfo. */
  readonly spki: Bytes;
}

/** Makes a key pair: in the platform where it has the algorithm, else in software. */
export async function generatePair(spec: PairSpec): Promise<PairBytes> {
  switch (spec) {
    case 'RSA_2048':
    case 'RSA_3072':
    case 'RSA_4096':
      return generateRsa(Number(spec.slice(4)));
    case 'ECC_NIST_P256':
    case 'ECC_NIST_P384':
    case 'ECC_NIST_P521':
    case 'ECC_SECG_P256K1':
      return generateOnCurve(spec);
    case 'ECC_NIST_EDWARDS25519':
      return generateFromSeed(spec, 32);
    case 'ML_DSA_44':
    case 'ML_DSA_65':
    case 'ML_DSA_87':
      return generateFromSeed(spec, 32);
    case 'ML_KEM_512':
    case 'ML_KEM_768':
    case 'ML_KEM_1024':
      return generateFromSeed(spec, 64);
  }
}

async function generateRsa(modulusLength: number): Promise<PairBytes> {
  const { subtle } = globalThis.crypto;
  const publicExponent = Uint8Array.of(1, 0, 1);
  const algorithm = { name: 'RSA-PSS', hash: { name: 'SHA-256' }, modulusLength, publicExponent };
  const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return exported(pair);
}

async function generateOnCurve(
  spec: 'ECC_NIST_P256' | 'ECC_NIST_P384' | 'ECC_NIST_P521' | 'ECC_SECG_P256K1',
): Promise<PairBytes> {
  if (spec !== 'ECC_SECG_P256K1') {
    const algorithm = { name: 'ECDSA', namedCurve: `P-${spec.slice(-3)}` };
    const pair = await globalThis.crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    return exported(pair);
  }
  const curve = await curveOf(spec);
  const { secretKey, publicKey } = curve.keygen();
  try {
    const point = curve.Point.fromBytes(publicKey).toBytes(false);
    return { pkcs8: encodeScalar(spec, secretKey, point), spki: encodeSpki(spec, point) };
  } finally {
    secretKey.fill(0);
  }
}

async function exported({ privateKey, publicKey }: CryptoKeyPair): Promise<PairBytes> {
  const { subtle } = globalThis.crypto;
  const spki = new Uint8Array(await subtle.exportKey('spki', publicKey));
  return { pkcs8: new Uint8Array(await subtle.exportKey('pkcs8', privateKey)), spki };
}

type SeedSpec = Exclude<PairSpec, `RSA_${string}` | `ECC_NIST_P${string}` | 'ECC_SECG_P256K1'>;

async function generateFromSeed(spec: SeedSpec, length: number): Promise<PairBytes> {
  const seed = randomBytes(length);
  try {
    return { pkcs8: encodeSeed(spec, seed), spki: encodeSpki(spec, await publicKeyOfSeed(spec, seed)) };
  } finally {
    seed.fill(0);
  }
}

async function publicKeyOfSeed(spec: SeedSpec, seed: Bytes): Promise<Uint8Array> {
  if (spec === 'ECC_NIST_EDWARDS25519') {
    const { ed25519 } = await import('@noble/curves/ed25519.js');
    return ed25519.getPublicKey(seed);
  }
  const { expandSeed } = await import('./post-quantum.ts');
  const { secretKey, publicKey } = expandSeed(spec, seed);
  secretKey.fill(0);
  return publicKey;
}
