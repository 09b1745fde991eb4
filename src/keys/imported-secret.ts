// Imported MAC keys and key pairs: held against the spec of the key they are for, and written the one way in which keys are kept.
import { DerReader, encodeDer, encodeUnsigned, padTo, tag } from '../formats/der.ts';
import { decodePkcs8, decodeScalar, decodeSeed, encodeScalar, encodeSeed, encodeSpki } from '../formats/key-der.ts';
import { isMacSpec, type MacSpec, type PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { curveOf, curveSize } from './curves.ts';
import type { Custody } from './custody.ts';
import { macLength } from './macs.ts';
import { keepSecret, type NewSecret, recoverSecret, type SecretKind } from './secrets.ts';

/** A secret as it is kept. The caller wipes `bytes`. */
interface ImportedSecret {
  /** PKCS#8, or the bytes of a MAC key. */
  readonly bytes: Bytes;
  /** SubjectPublicKeyInfo of key pairs. */
  readonly spki: Bytes | undefined;
}

/**
 * Takes a secret of which the bytes were imported; the caller wipes them.
 * @throws RangeError where it is no key of that kind
 */
export async function takeSecret(custody: Custody, kind: SecretKind, keyId: string, given: Bytes): Promise<NewSecret> {
  const { bytes, spki } = await readImported(kind.spec, given);
  try {
    const taken = await keepSecret(custody, kind, keyId, bytes, spki);
    await recoverSecret(custody, kind, keyId, taken);
    return taken;
  } catch (cause) {
    // What the platform does not take, or what is no pair.
    throw new RangeError(`The key material is not a key of ${kind.spec}.`, { cause });
  } finally {
    bytes.fill(0);
  }
}

/**
 * @param given PKCS#8 (DER), or the bytes of a MAC key, which have the length of its MAC
 * @throws RangeError where it is no key of that spec
 */
async function readImported(spec: MacSpec | PairSpec, given: Bytes): Promise<ImportedSecret> {
  if (isMacSpec(spec)) {
    if (given.length !== macLength(spec))
      throw new RangeError(`Key material of ${spec} must be ${macLength(spec)} bytes.`);
    return { bytes: new Uint8Array(given), spki: undefined };
  }
  switch (spec) {
    case 'RSA_2048':
    case 'RSA_3072':
    case 'RSA_4096':
      return { bytes: new Uint8Array(given), spki: rsaSpki(spec, given) };
    case 'ECC_NIST_P256':
    case 'ECC_NIST_P384':
    case 'ECC_NIST_P521':
    case 'ECC_SECG_P256K1':
      return onCurve(spec, given);
    case 'ECC_NIST_EDWARDS25519': {
      const seed = decodeSeed(spec, given);
      if (seed.length !== 32) throw new RangeError('An Ed25519 key has 32 bytes.');
      const { ed25519 } = await import('@noble/curves/ed25519.js');
      return { bytes: encodeSeed(spec, seed), spki: encodeSpki(spec, ed25519.getPublicKey(seed)) };
    }
    default:
      throw new RangeError(`Key material of ${spec} cannot be imported.`);
  }
}

/** RSAPrivateKey begins with its version, the modulus and the public exponent (RFC 8017, appendix A.1.2). */
function rsaSpki(spec: 'RSA_2048' | 'RSA_3072' | 'RSA_4096', pkcs8: Bytes): Bytes {
  const key = new DerReader(decodePkcs8(spec, pkcs8)).sequence();
  key.unsigned();
  const [modulus, exponent] = [key.unsigned(), key.unsigned()];
  const isWhole = modulus.length === Number(spec.slice(4)) / 8 && (modulus[0] as number) >= 0x80;
  if (!isWhole) throw new RangeError(`The modulus is not one of ${spec}.`);
  return encodeSpki(spec, encodeDer(tag.sequence, encodeUnsigned(modulus), encodeUnsigned(exponent)));
}

async function onCurve(
  spec: 'ECC_NIST_P256' | 'ECC_NIST_P384' | 'ECC_NIST_P521' | 'ECC_SECG_P256K1',
  pkcs8: Bytes,
): Promise<ImportedSecret> {
  const curve = await curveOf(spec);
  const scalar = padTo(decodeScalar(spec, pkcs8), curveSize(spec));
  try {
    if (!curve.utils.isValidSecretKey(scalar)) throw new RangeError(`The key is not a scalar of ${spec}.`);
    const point = curve.getPublicKey(scalar, false);
    return { bytes: encodeScalar(spec, scalar, point), spki: encodeSpki(spec, point) };
  } finally {
    scalar.fill(0);
  }
}
