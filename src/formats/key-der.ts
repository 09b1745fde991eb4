// Keys as bytes: SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) and PKCS#8 (RFC 5958), with the algorithm identifiers of
// RFC 8017 (RSA), RFC 5480 (elliptic curves), RFC 8410 (Ed25519), RFC 9881 (ML-DSA) and RFC 9935 (ML-KEM).
import type { PairSpec } from '../model/key-spec.ts';
import { type Bytes, fromHex, isEqual } from './bytes.ts';
import { DerReader, encodeDer, tag } from './der.ts';

/** AlgorithmIdentifier of each spec, in hex. */
const identifiers: Readonly<Record<PairSpec, string>> = {
  RSA_2048: '300d06092a864886f70d0101010500',
  RSA_3072: '300d06092a864886f70d0101010500',
  RSA_4096: '300d06092a864886f70d0101010500',
  ECC_NIST_P256: '301306072a8648ce3d020106082a8648ce3d030107',
  ECC_NIST_P384: '301006072a8648ce3d020106052b81040022',
  ECC_NIST_P521: '301006072a8648ce3d020106052b81040023',
  ECC_SECG_P256K1: '301006072a8648ce3d020106052b8104000a',
  ECC_NIST_EDWARDS25519: '300506032b6570',
  ML_DSA_44: '300b0609608648016503040311',
  ML_DSA_65: '300b0609608648016503040312',
  ML_DSA_87: '300b0609608648016503040313',
  ML_KEM_512: '300b0609608648016503040401',
  ML_KEM_768: '300b0609608648016503040402',
  ML_KEM_1024: '300b0609608648016503040403',
};

const identifierOf = (spec: PairSpec): Bytes => fromHex(identifiers[spec]);

/** @param key the public key as its algorithm writes it: RSAPublicKey, a point, or bytes */
export function encodeSpki(spec: PairSpec, key: Uint8Array): Bytes {
  return encodeDer(tag.sequence, identifierOf(spec), encodeDer(tag.bitString, Uint8Array.of(0), key));
}

/** @returns the public key as its algorithm writes it @throws RangeError where it is not a key of that spec's algorithm */
export function decodeSpki(spec: PairSpec, spki: Bytes): Bytes {
  const outer = new DerReader(spki);
  const body = outer.sequence();
  outer.end();
  requireIdentifier(spec, body.read(tag.sequence));
  const bits = body.read(tag.bitString);
  body.end();
  if (bits[0] !== 0) throw new RangeError('The public key is not a whole number of bytes.');
  return bits.subarray(1);
}

/** @param key the private key as its algorithm writes it: RSAPrivateKey, ECPrivateKey, or a seed in its own element */
export function encodePkcs8(spec: PairSpec, key: Uint8Array): Bytes {
  const version = Uint8Array.of(tag.integer, 1, 0);
  return encodeDer(tag.sequence, version, identifierOf(spec), encodeDer(tag.octetString, key));
}

/** @returns the private key as its algorithm writes it, as a view @throws RangeError as for decodeSpki */
export function decodePkcs8(spec: PairSpec, pkcs8: Bytes): Bytes {
  const outer = new DerReader(pkcs8);
  const body = outer.sequence();
  outer.end();
  if (body.unsigned().length > 1) throw new RangeError('Not a version of PKCS#8.');
  requireIdentifier(spec, body.read(tag.sequence));
  // Attributes and a public key may follow; neither says anything that is needed here.
  return body.read(tag.octetString);
}

function requireIdentifier(spec: PairSpec, contents: Bytes): void {
  if (!isEqual(contents, identifierOf(spec).subarray(2))) throw new RangeError(`Not a key of ${spec}.`);
}

/** Writes the private key of an elliptic curve. @param point the public point, uncompressed */
export function encodeScalar(spec: PairSpec, scalar: Uint8Array, point: Uint8Array): Bytes {
  const bits = encodeDer(tag.bitString, Uint8Array.of(0), point);
  const version = Uint8Array.of(tag.integer, 1, 1);
  const key = encodeDer(tag.sequence, version, encodeDer(tag.octetString, scalar), encodeDer(tag.context1, bits));
  return wiping(key, () => encodePkcs8(spec, key));
}

/** @returns the scalar, as a view @throws RangeError */
export function decodeScalar(spec: PairSpec, pkcs8: Bytes): Bytes {
  const body = new DerReader(decodePkcs8(spec, pkcs8)).sequence();
  body.unsigned();
  return body.read(tag.octetString);
}

/** The element that holds a seed: OCTET STRING for Ed25519 (RFC 8410, section 7), [0] for ML-DSA and ML-KEM. */
const seedTag = (spec: PairSpec): number => (spec.startsWith('ML_') ? tag.primitive0 : tag.octetString);

export function encodeSeed(spec: PairSpec, seed: Uint8Array): Bytes {
  const key = encodeDer(seedTag(spec), seed);
  return wiping(key, () => encodePkcs8(spec, key));
}

/** @returns the seed, as a view @throws RangeError */
export function decodeSeed(spec: PairSpec, pkcs8: Bytes): Bytes {
  const body = new DerReader(decodePkcs8(spec, pkcs8));
  const seed = body.read(seedTag(spec));
  body.end();
  return seed;
}

function wiping<T>(secret: Bytes, body: () => T): T {
  try {
    return body();
  } finally {
    secret.fill(0);
  }
}
