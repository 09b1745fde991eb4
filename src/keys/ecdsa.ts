// ECDSA. Messages are signed by the platform under a non-extractable handle. Digests, and all of secp256k1, are signed in
// software, hedged: the nonce comes from the key, the digest and fresh randomness together (RFC 6979, section 3.6).

import { signatureFromDer, signatureToDer } from '../formats/ecdsa-signature.ts';
import { decodeScalar, decodeSpki } from '../formats/key-der.ts';
import type { MessageType, SigningAlgorithm } from '../model/algorithms.ts';
import type { Bytes } from '../model/shape.ts';
import { type CurveSpec, curveOf, curveSize, namedCurveOf } from './curves.ts';
import { digest, hashOf } from './digest.ts';
import { randomBytes } from './random.ts';
import type { Secret } from './secret.ts';

/** @param message the message, or its digest where `type` says so @returns the signature as DER */
export async function signEcdsa(
  secret: Secret,
  spec: CurveSpec,
  algorithm: SigningAlgorithm,
  type: MessageType,
  message: Bytes,
): Promise<Bytes> {
  const namedCurve = namedCurveOf(spec);
  if (type === 'RAW' && namedCurve !== undefined) {
    const key = await secret.handle({ name: 'ECDSA', namedCurve }, 'sign');
    const parameters = { name: 'ECDSA', hash: { name: hashOf(algorithm) } };
    return signatureToDer(new Uint8Array(await globalThis.crypto.subtle.sign(parameters, key, message)));
  }
  const prehashed = type === 'RAW' ? await digest(algorithm, message) : message;
  const curve = await curveOf(spec);
  return secret.use((pkcs8) => {
    const options = { prehash: false, lowS: false, extraEntropy: randomBytes(32) };
    return signatureToDer(new Uint8Array(curve.sign(prehashed, decodeScalar(spec, pkcs8), options)));
  });
}

export async function verifyEcdsa(
  spki: Bytes,
  spec: CurveSpec,
  algorithm: SigningAlgorithm,
  type: MessageType,
  message: Bytes,
  der: Bytes,
): Promise<boolean> {
  const signature = signatureFromDer(der, curveSize(spec));
  if (signature === undefined) return false;
  const namedCurve = namedCurveOf(spec);
  if (type === 'RAW' && namedCurve !== undefined) {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve }, false, ['verify']);
    return subtle.verify({ name: 'ECDSA', hash: { name: hashOf(algorithm) } }, key, signature, message);
  }
  const prehashed = type === 'RAW' ? await digest(algorithm, message) : message;
  const curve = await curveOf(spec);
  try {
    return curve.verify(signature, prehashed, decodeSpki(spec, spki), { prehash: false, lowS: false });
  } catch {
    // Numbers out of the range of the curve's order.
    return false;
  }
}
