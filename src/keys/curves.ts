// Curves in software, loaded at the first use: for secp256k1, and where the API hands over a digest that WebCrypto would hash
// once more.
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import type { PairSpec } from '../model/key-spec.ts';

export type CurveSpec = Extract<PairSpec, `ECC_NIST_P${string}` | 'ECC_SECG_P256K1'>;

export async function curveOf(spec: CurveSpec): Promise<ECDSA> {
  if (spec === 'ECC_SECG_P256K1') return (await import('@noble/curves/secp256k1.js')).secp256k1;
  const { p256, p384, p521 } = await import('@noble/curves/nist.js');
  return spec === 'ECC_NIST_P256' ? p256 : spec === 'ECC_NIST_P384' ? p384 : p521;
}

/** Bytes of a scalar and of a coordinate. */
export function curveSize(spec: CurveSpec): number {
  return spec === 'ECC_NIST_P384' ? 48 : spec === 'ECC_NIST_P521' ? 66 : 32;
}

/** The platform's name of the curve, or undefined where WebCrypto has none. */
export const namedCurveOf = (spec: CurveSpec): string | undefined =>
  spec === 'ECC_SECG_P256K1' ? undefined : `P-${spec.slice(-3)}`;
