// ML-DSA (FIPS 204) and ML-KEM (FIPS 203) in software. A key is its seed; the long form is made for each call and wiped.
// Loaded at the first use: nothing else may import this file statically.
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { decodeSeed, decodeSpki } from '../formats/key-der.ts';
import type { MessageType } from '../model/algorithms.ts';
import type { PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { randomBytes } from './random.ts';
import type { Secret } from './secret.ts';

export type SignatureSpec = Extract<PairSpec, `ML_DSA_${string}`>;
export type KemSpec = Extract<PairSpec, `ML_KEM_${string}`>;

const signers = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 };
const kems = { ML_KEM_512: ml_kem512, ML_KEM_768: ml_kem768, ML_KEM_1024: ml_kem1024 };
const isSignatureSpec = (spec: SignatureSpec | KemSpec): spec is SignatureSpec => spec.startsWith('ML_DSA_');

/** The long form of a key. The caller wipes `secretKey`. */
export function expandSeed(
  spec: SignatureSpec | KemSpec,
  seed: Bytes,
): { secretKey: Uint8Array; publicKey: Uint8Array } {
  return isSignatureSpec(spec) ? signers[spec].keygen(seed) : kems[spec].keygen(seed);
}

async function withLongForm<T>(
  secret: Secret,
  spec: SignatureSpec | KemSpec,
  body: (secretKey: Uint8Array) => T,
): Promise<T> {
  return secret.use((pkcs8) => {
    const { secretKey } = expandSeed(spec, decodeSeed(spec, pkcs8));
    try {
      return body(secretKey);
    } finally {
      secretKey.fill(0);
    }
  });
}

/** Signs with fresh randomness (the hedged variant, FIPS 204, section 3.4) and an empty context. */
export function signMlDsa(secret: Secret, spec: SignatureSpec, type: MessageType, message: Bytes): Promise<Bytes> {
  const extraEntropy = randomBytes(32);
  return withLongForm(secret, spec, (secretKey) => {
    const signer = signers[spec];
    return new Uint8Array(
      type === 'EXTERNAL_MU'
        ? signer.internal.sign(message, secretKey, { extraEntropy, externalMu: true })
        : signer.sign(message, secretKey, { extraEntropy, context: new Uint8Array(0) }),
    );
  });
}

export function verifyMlDsa(
  spki: Bytes,
  spec: SignatureSpec,
  type: MessageType,
  message: Bytes,
  signature: Bytes,
): boolean {
  const signer = signers[spec];
  const publicKey = decodeSpki(spec, spki);
  if (signature.length !== signer.lengths.signature) return false;
  return type === 'EXTERNAL_MU'
    ? signer.internal.verify(signature, message, publicKey, { externalMu: true })
    : signer.verify(signature, message, publicKey, { context: new Uint8Array(0) });
}

/** Makes a shared secret of 32 bytes and its ciphertext. */
export function encapsulate(spki: Bytes, spec: KemSpec): { readonly shared: Bytes; readonly ciphertext: Bytes } {
  const { cipherText, sharedSecret } = kems[spec].encapsulate(decodeSpki(spec, spki), randomBytes(32));
  return { shared: new Uint8Array(sharedSecret), ciphertext: new Uint8Array(cipherText) };
}

/** @param ciphertext of the right length; one that was made elsewhere gives a secret that nobody has (FIPS 203, section 6.3) */
export function decapsulate(secret: Secret, spec: KemSpec, ciphertext: Bytes): Promise<Bytes> {
  return withLongForm(secret, spec, (secretKey) => new Uint8Array(kems[spec].decapsulate(ciphertext, secretKey)));
}
