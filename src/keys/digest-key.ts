// The key that signs the trail's digests: RSA-2048 for RSASSA-PKCS1-v1_5 with SHA-256, as CloudTrail has it. In a store that holds
// CryptoKeys it is made as one that nobody can export; elsewhere its bytes lie sealed under the root secret.
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import type { Custody, Kept } from './custody.ts';
import { randomBytes } from './random.ts';

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-256' } };
const parameters = { ...algorithm, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
export const digestKeyLabel = 'trail-digests';

/** Makes a key. Nothing is kept until the caller commits it. */
export async function makeDigestKey(custody: Custody): Promise<{ readonly spki: Bytes; readonly kept: Kept }> {
  const { subtle } = globalThis.crypto;
  if (custody.kind === 'device') {
    const pair = await subtle.generateKey(parameters, false, ['sign', 'verify']);
    const spki = new Uint8Array(await subtle.exportKey('spki', pair.publicKey));
    return { spki, kept: { value: new Uint8Array(0), key: pair.privateKey } };
  }
  const { pkcs8, spki } = await (await import('./exportable-pair.ts')).generatePair('RSA_2048');
  try {
    return { spki, kept: await custody.seal(digestKeyLabel, pkcs8) };
  } finally {
    pkcs8.fill(0);
  }
}

/** Signs under a kept key. */
export type SignDigest = (message: Bytes) => Promise<Bytes>;

/** Gets a key back. @throws KeyUndecryptable where the row holds no such key, or another one */
export async function digestSigner(custody: Custody, kept: Kept, spki: Bytes): Promise<SignDigest> {
  const key = kept.value.length > 0 ? await unseal(custody, kept) : kept.key;
  if (key === undefined || key.extractable || key.usages.join() !== 'sign' || key.algorithm.name !== algorithm.name)
    throw lost();
  const sign: SignDigest = async (message) =>
    new Uint8Array(await globalThis.crypto.subtle.sign({ name: algorithm.name }, key, message));
  const probe = randomBytes(32);
  if (!(await verifyDigestSignature(spki, await sign(probe), probe))) throw lost();
  return sign;
}

async function unseal(custody: Custody, kept: Kept): Promise<CryptoKey> {
  const pkcs8 = await custody.open(digestKeyLabel, kept);
  try {
    return await globalThis.crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  } catch {
    throw lost();
  } finally {
    pkcs8.fill(0);
  }
}

/** True where the signature is one of the public key over the message. */
export async function verifyDigestSignature(spki: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  try {
    const key = await subtle.importKey('spki', spki, algorithm, false, ['verify']);
    // RFC 8017, section 8.2.2, step 1. WebKitGTK leaves it out: of one signature there would be two.
    if (signature.length * 8 !== (key.algorithm as RsaHashedKeyAlgorithm).modulusLength) return false;
    return await subtle.verify({ name: algorithm.name }, key, signature, message);
  } catch {
    return false;
  }
}

const lost = (): KeyUndecryptable =>
  new KeyUndecryptable('The key that signs digests of the trail is missing, or was exchanged.');
