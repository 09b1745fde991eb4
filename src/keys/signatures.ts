// Signatures of every kind of key. Each family is loaded at its first use.
import type { MessageType, SigningAlgorithm } from '../model/algorithms.ts';
import type { PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import type { Secret } from './secret.ts';

/** What is signed: a message, its digest, or the message representative of ML-DSA. */
export interface Signed {
  readonly algorithm: SigningAlgorithm;
  readonly type: MessageType;
  readonly message: Bytes;
}

/** @param signed held against the spec before */
export async function sign(secret: Secret, spec: PairSpec, { algorithm, type, message }: Signed): Promise<Bytes> {
  switch (spec) {
    case 'RSA_2048':
    case 'RSA_3072':
    case 'RSA_4096':
      return (await import('./rsa.ts')).signRsa(secret, spec, algorithm, type, message);
    case 'ECC_NIST_P256':
    case 'ECC_NIST_P384':
    case 'ECC_NIST_P521':
    case 'ECC_SECG_P256K1':
      return (await import('./ecdsa.ts')).signEcdsa(secret, spec, algorithm, type, message);
    case 'ECC_NIST_EDWARDS25519':
      return (await import('./edwards.ts')).signEdwards(secret, algorithm, message);
    case 'ML_DSA_44':
    case 'ML_DSA_65':
    case 'ML_DSA_87':
      return (await import('./post-quantum.ts')).signMlDsa(secret, spec, type, message);
    default:
      throw new TypeError(`${spec} does not sign.`);
  }
}

/** True where the signature is one of the key over what is signed. */
export async function verify(
  spki: Bytes,
  spec: PairSpec,
  { algorithm, type, message }: Signed,
  signature: Bytes,
): Promise<boolean> {
  switch (spec) {
    case 'RSA_2048':
    case 'RSA_3072':
    case 'RSA_4096':
      return (await import('./rsa.ts')).verifyRsa(spki, spec, algorithm, type, message, signature);
    case 'ECC_NIST_P256':
    case 'ECC_NIST_P384':
    case 'ECC_NIST_P521':
    case 'ECC_SECG_P256K1':
      return (await import('./ecdsa.ts')).verifyEcdsa(spki, spec, algorithm, type, message, signature);
    case 'ECC_NIST_EDWARDS25519':
      return (await import('./edwards.ts')).verifyEdwards(spki, algorithm, message, signature);
    case 'ML_DSA_44':
    case 'ML_DSA_65':
    case 'ML_DSA_87':
      return (await import('./post-quantum.ts')).verifyMlDsa(spki, spec, type, message, signature);
    default:
      throw new TypeError(`${spec} does not sign.`);
  }
}
