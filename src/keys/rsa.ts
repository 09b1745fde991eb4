// RSA signatures, PKCS#1 v1.5 and PSS. Messages are signed by the platform under a non-extractable handle; digests, which
// WebCrypto would hash once more, on numbers.
import { compareBytes, isEqual } from '../formats/bytes.ts';
import { DerReader } from '../formats/der.ts';
import { decodePkcs8, decodeSpki } from '../formats/key-der.ts';
import { digestLength, type MessageType, type SigningAlgorithm } from '../model/algorithms.ts';
import type { PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { hashOf } from './digest.ts';
import { randomBytes } from './random.ts';
import type { Secret } from './secret.ts';

export type RsaSpec = Extract<PairSpec, `RSA_${string}`>;

const isPssAlgorithm = (algorithm: SigningAlgorithm): boolean => algorithm.startsWith('RSASSA_PSS_');
const algorithmOf = (algorithm: SigningAlgorithm) => ({
  name: isPssAlgorithm(algorithm) ? ('RSA-PSS' as const) : ('RSASSA-PKCS1-v1_5' as const),
  hash: { name: hashOf(algorithm) },
});
const parametersOf = (algorithm: SigningAlgorithm) => ({
  name: algorithmOf(algorithm).name,
  saltLength: digestLength(algorithm),
});

export async function signRsa(
  secret: Secret,
  spec: RsaSpec,
  algorithm: SigningAlgorithm,
  type: MessageType,
  message: Bytes,
): Promise<Bytes> {
  if (type === 'RAW') {
    const key = await secret.handle(algorithmOf(algorithm), 'sign');
    return new Uint8Array(await globalThis.crypto.subtle.sign(parametersOf(algorithm), key, message));
  }
  const [{ rsaPrivate }, { encodePkcs1, encodePss }] = await software();
  const [hash, size] = [hashOf(algorithm), Number(spec.slice(4)) / 8];
  const encoded = isPssAlgorithm(algorithm)
    ? await encodePss(hash, message, randomBytes(message.length), size)
    : encodePkcs1(hash, message, size);
  return secret.use((pkcs8) => rsaPrivate(decodePkcs8(spec, pkcs8), encoded));
}

export async function verifyRsa(
  spki: Bytes,
  spec: RsaSpec,
  algorithm: SigningAlgorithm,
  type: MessageType,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  // RFC 8017, sections 5.2.2 and 8.2.2, step 1. WebKitGTK leaves it out: of one signature there would be two.
  const modulus = new DerReader(decodeSpki(spec, spki)).sequence().unsigned();
  if (signature.length !== modulus.length || compareBytes(signature, modulus) >= 0) return false;
  if (type === 'RAW') {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey('spki', spki, algorithmOf(algorithm), false, ['verify']);
    return subtle.verify(parametersOf(algorithm), key, signature, message);
  }
  const [{ readRsaPublic, rsaPublic }, { encodePkcs1, isPss }] = await software();
  const numbers = readRsaPublic(decodeSpki(spec, spki));
  const encoded = rsaPublic(numbers, signature);
  if (encoded === undefined) return false;
  const hash = hashOf(algorithm);
  return isPssAlgorithm(algorithm)
    ? isPss(hash, message, encoded)
    : isEqual(encoded, encodePkcs1(hash, message, numbers.size));
}

const software = () => Promise.all([import('./rsa-raw.ts'), import('./rsa-padding.ts')]);
