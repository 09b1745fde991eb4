// The public half of a private key that came as bytes, for material that is imported. Loaded where it is needed only.
import { ed25519 } from '@noble/curves/ed25519.js';
import { DerReader, encodeDer, encodeUnsigned, tag } from '../formats/der.ts';
import { decodePkcs8, decodeScalar, decodeSeed, encodeSpki } from '../formats/key-der.ts';
import type { PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { curveOf, curveSize } from './curves.ts';

/**
 * Computes SubjectPublicKeyInfo from PKCS#8.
 * @throws RangeError or Error where the bytes are not a private key of the spec
 */
export async function publicKeyOfPrivate(spec: PairSpec, pkcs8: Bytes): Promise<Bytes> {
  switch (spec) {
    case 'RSA_2048':
    case 'RSA_3072':
    case 'RSA_4096':
      return encodeSpki(spec, rsaPublicKey(decodePkcs8(spec, pkcs8), Number(spec.slice(4))));
    case 'ECC_NIST_P256':
    case 'ECC_NIST_P384':
    case 'ECC_NIST_P521':
    case 'ECC_SECG_P256K1': {
      const scalar = decodeScalar(spec, pkcs8);
      if (scalar.length !== curveSize(spec)) throw new RangeError(`Not a scalar of ${spec}.`);
      return encodeSpki(spec, (await curveOf(spec)).getPublicKey(scalar, false));
    }
    case 'ECC_NIST_EDWARDS25519':
      return encodeSpki(spec, ed25519.getPublicKey(decodeSeed(spec, pkcs8)));
    default: {
      const { expandSeed } = await import('./post-quantum.ts');
      const { secretKey, publicKey } = expandSeed(spec, decodeSeed(spec, pkcs8));
      secretKey.fill(0);
      return encodeSpki(spec, publicKey);
    }
  }
}

/** RSAPublicKey from RSAPrivateKey (RFC 8017, appendix A.1). */
function rsaPublicKey(key: Bytes, bits: number): Bytes {
  const body = new DerReader(key).sequence();
  if (body.unsigned().length > 0) throw new RangeError('Not an RSA key of two primes.');
  const [n, e] = [body.unsigned(), body.unsigned()];
  if (n.length * 8 !== bits || (n[0] as number) < 0x80) throw new RangeError(`Not an RSA key of ${bits} bits.`);
  return encodeDer(tag.sequence, encodeUnsigned(n), encodeUnsigned(e));
}
