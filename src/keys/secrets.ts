// Secrets of MAC keys and key pairs: made, kept, got back. Where the platform can do all that the API asks of a key, the row holds
// the platform's handles and the bytes never stay; else it holds the bytes, sealed (docs/keys.md has the table).
import { concat, fromHex, isEqual, toHex, utf8 } from '../formats/bytes.ts';
import { algorithmLists } from '../model/algorithms.ts';
import { keyIdHex } from '../model/arn.ts';
import { KeyUndecryptable } from '../model/errors/index.ts';
import { isMacSpec, type KeyKind, type MacSpec, type PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { type Custody, type Kept, twinOf } from './custody.ts';
import { computeMac, generateMacKey, importMacKey, macLength } from './macs.ts';
import { randomBytes } from './random.ts';
import { Secret } from './secret.ts';

/** What a key is, of which a secret is made. */
export type SecretKind = Pick<KeyKind, 'spec' | 'usage'> & { readonly spec: MacSpec | PairSpec };

/** A secret that nothing keeps yet. */
export interface NewSecret {
  /** Id of the material: 64 hex digits. */
  readonly id: string;
  /** SubjectPublicKeyInfo, of key pairs. */
  readonly spki: Bytes | undefined;
  readonly kept: Kept;
}

/** Makes the secret of a new key. */
export async function makeSecret(custody: Custody, kind: SecretKind, keyId: string): Promise<NewSecret> {
  const { spec, usage } = kind;
  if (custody.kind === 'device') {
    const made = await makeInPlatform(spec, usage);
    if (made) return named(custody, kind, keyId, made.kept, made.spki);
  }
  const { bytes, spki } = await makeBytes(spec);
  try {
    return await keepSecret(custody, kind, keyId, bytes, spki);
  } finally {
    bytes.fill(0);
  }
}

/**
 * Keeps a secret that came as bytes; the caller wipes them.
 * @param bytes PKCS#8, or the bytes of a MAC key
 * @param spki the public half of a pair
 */
export async function keepSecret(
  custody: Custody,
  kind: SecretKind,
  keyId: string,
  bytes: Bytes,
  spki: Bytes | undefined,
): Promise<NewSecret> {
  const held = custody.kind === 'wrapped' ? undefined : await holdInPlatform(kind, bytes, spki);
  const kept = held ? await custody.withCopy(keyId, held, bytes) : await custody.seal(keyId, bytes);
  return named(custody, kind, keyId, kept, spki);
}

/** What a row holds of a key that the platform can hold; undefined for all others. */
async function holdInPlatform(kind: SecretKind, bytes: Bytes, spki: Bytes | undefined): Promise<Kept | undefined> {
  const value = new Uint8Array(0);
  if (kind.usage === 'ENCRYPT_DECRYPT' && spki !== undefined) {
    const [key, twin] = (await (await import('./oaep.ts')).oaepHandles(bytes, spki)) ?? [];
    if (key && twin) return { value, key, twin };
  }
  const key = await importIntoPlatform(kind, bytes);
  return key && { value, key };
}

/** Makes a key that never leaves the platform; undefined where the platform has no such key. */
async function makeInPlatform(
  spec: MacSpec | PairSpec,
  usage: KeyKind['usage'],
): Promise<{ readonly kept: Kept; readonly spki: Bytes | undefined } | undefined> {
  const value = new Uint8Array(0);
  if (isMacSpec(spec)) {
    const key = await generateMacKey(spec);
    return key && { kept: { value, key }, spki: undefined };
  }
  if (usage !== 'KEY_AGREEMENT') return undefined;
  const { key, spki } = await (await import('./agreement.ts')).generateAgreementKey(spec as AgreementSpec);
  return { kept: { value, key }, spki };
}

/** The handle of a key that the platform can hold; undefined for all others. */
async function importIntoPlatform({ spec, usage }: SecretKind, bytes: Bytes): Promise<CryptoKey | undefined> {
  if (isMacSpec(spec)) return importMacKey(spec, bytes);
  if (usage !== 'KEY_AGREEMENT') return undefined;
  return (await import('./agreement.ts')).importAgreementKey(spec as AgreementSpec, bytes);
}

type AgreementSpec = Extract<PairSpec, `ECC_NIST_P${string}`>;

async function makeBytes(spec: MacSpec | PairSpec): Promise<{ bytes: Bytes; spki: Bytes | undefined }> {
  if (isMacSpec(spec)) return { bytes: randomBytes(macLength(spec)), spki: undefined };
  const { pkcs8, spki } = await (await import('./exportable-pair.ts')).generatePair(spec);
  return { bytes: pkcs8, spki };
}

async function named(
  custody: Custody,
  kind: SecretKind,
  keyId: string,
  kept: Kept,
  spki: Bytes | undefined,
): Promise<NewSecret> {
  return { id: await secretId(secretOf(custody, keyId, kept), kind.spec, keyId, spki), spki, kept };
}

function secretOf(custody: Custody, keyId: string, kept: Kept): Secret {
  if (kept.value.length > 0) return new Secret([], () => custody.open(keyId, kept));
  return new Secret(
    [kept.key, twinOf(kept)].filter((key) => key !== undefined),
    undefined,
  );
}

const label = utf8('keyhaven/v1/secret-id');

/**
 * The id of a secret. Of a MAC key it is a MAC, so that it tells nothing of the key and is one value for one key; of a pair it
 * is a hash of the public key. Both depend on the key id.
 */
async function secretId(
  secret: Secret,
  spec: MacSpec | PairSpec,
  keyId: string,
  spki: Bytes | undefined,
): Promise<string> {
  const input = concat(label, Uint8Array.of(0), fromHex(keyIdHex(keyId)), spki ?? new Uint8Array(0));
  const bytes = isMacSpec(spec) ? await computeMac(secret, spec, input) : input;
  return toHex(new Uint8Array(await globalThis.crypto.subtle.digest({ name: 'SHA-256' }, bytes)));
}

/**
 * Gets a secret back, and proves that it is the one that was kept: by its id, and that of a pair by using both halves.
 * @throws KeyUndecryptable
 */
export async function recoverSecret(
  custody: Custody,
  kind: SecretKind,
  keyId: string,
  { id, spki, kept }: NewSecret,
): Promise<Secret> {
  const secret = secretOf(custody, keyId, kept);
  let isGenuine = false;
  try {
    isGenuine = (await secretId(secret, kind.spec, keyId, spki)) === id && (await isPair(secret, kind, spki));
  } catch (cause) {
    if (cause instanceof KeyUndecryptable) throw cause;
    throw new KeyUndecryptable(`The material of key ${keyId} is missing or cannot be used.`, { cause });
  }
  if (!isGenuine) throw new KeyUndecryptable(`The material of key ${keyId} was exchanged.`);
  return secret;
}

/** True where both halves belong together (the pairwise consistency test of FIPS 140-3). What it makes goes nowhere. */
async function isPair(secret: Secret, { spec, usage }: SecretKind, spki: Bytes | undefined): Promise<boolean> {
  if (isMacSpec(spec)) return true;
  if (spki === undefined) return false;
  switch (usage) {
    case 'SIGN_VERIFY': {
      const { sign, verify } = await import('./signatures.ts');
      const [algorithm = 'ECDSA_SHA_256'] = algorithmLists({ spec, usage }).SigningAlgorithms ?? [];
      const signed = { algorithm, type: 'RAW' as const, message: randomBytes(32) };
      return verify(spki, spec, signed, await sign(secret, spec, signed));
    }
    case 'ENCRYPT_DECRYPT': {
      const { decryptOaep, encryptOaep } = await import('./oaep.ts');
      const plaintext = randomBytes(32);
      for (const algorithm of ['RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1'] as const) {
        const sealed = await encryptOaep(spki, algorithm, plaintext);
        const opened = await decryptOaep(secret, { spki, spec }, algorithm, sealed);
        if (opened === undefined || !isEqual(opened, plaintext)) return false;
      }
      return true;
    }
    case 'KEY_AGREEMENT':
      return (await import('./agreement.ts')).isAgreementPair(secret, spec as AgreementSpec, spki);
    case 'ENCAPSULATE_DECAPSULATE': {
      const { decapsulate, encapsulate } = await import('./post-quantum.ts');
      const kem = spec as Extract<PairSpec, `ML_KEM_${string}`>;
      const { shared, ciphertext } = encapsulate(spki, kem);
      return isEqual(shared, await decapsulate(secret, kem, ciphertext));
    }
    default:
      return false;
  }
}
