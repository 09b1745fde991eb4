// Data keys under an RSA key pair of the caller's. The encryption context is not bound to them, only to the message.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-raw-rsa-keyring.html
import { type Bytes, compareBytes, utf8 } from '../formats/bytes.ts';
import type { EncryptedDataKey } from '../formats/esdk/data-keys.ts';
import { decodePkcs8, decodeSpki, encodePkcs8 } from '../formats/key-der.ts';
import { decodePem } from '../formats/pem.ts';
import { randomBytes } from '../keys/random.ts';
import type { OaepHash } from '../keys/rsa-wrapping.ts';
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import type { Keyring } from './keyring.ts';
import { keyName, keyNamespace, ownOptions } from './options.ts';

/** `pkcs1` is there for old messages and old readers. New ones should use OAEP. */
export type RsaPadding = 'oaep-sha1' | 'oaep-sha256' | 'oaep-sha384' | 'oaep-sha512' | 'pkcs1';

export interface RawRsaKeyringOptions {
  /** Says, together with `keyName`, which key it is. Readers must have the same; `aws-kms` is not allowed. */
  readonly keyNamespace: string;
  readonly keyName: string;
  readonly padding: RsaPadding;
  /** To encrypt: a CryptoKey for RSA-OAEP with the hash of `padding`, SubjectPublicKeyInfo as DER, or PEM. */
  readonly publicKey?: CryptoKey | Uint8Array | string | undefined;
  /** To decrypt: a CryptoKey, PKCS#8 as DER, or PEM. Only `pkcs1` keeps the bytes, because WebCrypto has no such padding. */
  readonly privateKey?: CryptoKey | Uint8Array | string | undefined;
}

const hashes: { readonly [padding in RsaPadding]: OaepHash | undefined } = {
  'oaep-sha1': 'SHA-1',
  'oaep-sha256': 'SHA-256',
  'oaep-sha384': 'SHA-384',
  'oaep-sha512': 'SHA-512',
  pkcs1: undefined,
};

type Wrap = (dataKey: Bytes) => Promise<Bytes>;
type Unwrap = (wrapped: Bytes, length: number) => Promise<Bytes | undefined>;

/** @throws SerializationException, ValidationException */
export function rawRsaKeyring(options: RawRsaKeyringOptions): Keyring {
  const given = ownOptions(options, ['keyNamespace', 'keyName', 'padding', 'publicKey', 'privateKey']);
  const providerId = keyNamespace(given.keyNamespace);
  const providerInfo = utf8(keyName(given.keyName));
  const { padding, publicKey, privateKey } = given;
  if (typeof padding !== 'string' || !Object.hasOwn(hashes, padding))
    throw new ValidationException(`padding must be one of ${Object.keys(hashes).join(', ')}.`);
  if (publicKey === undefined && privateKey === undefined)
    throw new ValidationException('A raw RSA keyring needs a publicKey to encrypt, a privateKey to decrypt, or both.');
  const hash = hashes[padding];
  const wrap = publicKey === undefined ? undefined : wrapOf(readKey('publicKey', publicKey, hash), hash);
  const unwrap = privateKey === undefined ? undefined : unwrapOf(readKey('privateKey', privateKey, hash), hash);

  async function wrapDataKey(dataKey: Bytes): Promise<EncryptedDataKey[]> {
    if (wrap === undefined)
      throw new ValidationException('This raw RSA keyring has no publicKey, so it only decrypts.');
    return [{ providerId, providerInfo, ciphertext: await wrap(dataKey) }];
  }

  return {
    async generateDataKey({ dataKeyLength }) {
      const dataKey = randomBytes(dataKeyLength);
      return { dataKey, encryptedDataKeys: await wrapDataKey(dataKey) };
    },
    wrapDataKey,
    async *unwrapDataKeys(encryptedDataKeys, { dataKeyLength }) {
      if (unwrap === undefined) return;
      for (const { providerId: id, providerInfo: info, ciphertext } of encryptedDataKeys) {
        if (id !== providerId || compareBytes(info, providerInfo) !== 0) continue;
        const dataKey = await unwrap(ciphertext, dataKeyLength);
        if (dataKey !== undefined) yield dataKey;
      }
    },
  };
}

/** Everything about RSA is loaded when the first data key comes. */
const load = () => import('../keys/rsa-wrapping.ts');

function wrapOf(key: CryptoKey | Bytes, hash: OaepHash | undefined): Wrap {
  if (hash === undefined) return async (dataKey) => (await load()).wrapWithPkcs1(key as Bytes, dataKey);
  let importing: Promise<CryptoKey> | undefined;
  return async (dataKey) => {
    const rsa = await load();
    importing ??= isBytes(key) ? rsa.importOaepPublic(key, hash) : Promise.resolve(key);
    return rsa.wrapWithOaep(await importing, dataKey);
  };
}

function unwrapOf(key: CryptoKey | Bytes, hash: OaepHash | undefined): Unwrap {
  if (hash === undefined)
    return async (wrapped, length) => (await load()).unwrapWithPkcs1(key as Bytes, wrapped, length);
  let importing: Promise<CryptoKey> | undefined;
  return async (wrapped, length) => {
    const rsa = await load();
    // Once imported, the platform holds the key and the bytes are not needed any more.
    importing ??= isBytes(key) ? rsa.importOaepPrivate(key, hash).finally(() => key.fill(0)) : Promise.resolve(key);
    return rsa.unwrapWithOaep(await importing, wrapped, length);
  };
}

/** Reads one key now: a CryptoKey as it is, everything else as a copy of its DER. */
function readKey(name: 'publicKey' | 'privateKey', key: unknown, hash: OaepHash | undefined): CryptoKey | Bytes {
  const der = typeof key === 'string' ? derOfPem(name, key) : isBytes(key) ? new Uint8Array(key) : undefined;
  if (der === undefined) return requireCryptoKey(name, key, hash);
  try {
    if (name === 'publicKey') decodeSpki('RSA_2048', der);
    else decodePkcs8('RSA_2048', der);
    return der;
  } catch {
    const form = name === 'publicKey' ? 'SubjectPublicKeyInfo' : 'PKCS#8';
    throw new ValidationException(`${name} is not ${form} of an RSA key.`);
  }
}

function derOfPem(name: string, text: string): Bytes {
  const block = decodePem(text);
  if (block === undefined) throw new ValidationException(`${name} is not PEM.`);
  return block.label === 'RSA PRIVATE KEY' ? encodePkcs8('RSA_2048', block.bytes) : block.bytes;
}

function requireCryptoKey(name: string, key: unknown, hash: OaepHash | undefined): CryptoKey {
  if (Object.prototype.toString.call(key) !== '[object CryptoKey]')
    throw new SerializationException(`${name} must be a CryptoKey, DER as a Uint8Array, or PEM as a string.`);
  const algorithm = (key as CryptoKey).algorithm as RsaHashedKeyAlgorithm;
  if (hash === undefined || algorithm.name !== 'RSA-OAEP' || algorithm.hash.name !== hash)
    throw new ValidationException(
      hash === undefined
        ? `${name} must be DER or PEM for the padding pkcs1: WebCrypto does not have it.`
        : `${name} must be a CryptoKey for RSA-OAEP with ${hash}.`,
    );
  return key as CryptoKey;
}
