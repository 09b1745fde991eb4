// Signing keys, which hold for one access key, day and Region: derived once, then used for every request of that day.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { nodeCrypto } from '../../cipher/node-crypto.ts';
import { type Bytes, utf8 } from '../../formats/bytes.ts';
import { type CredentialScope, scopeText } from './canonical.ts';
import type { Credential } from './credentials.ts';

/** HMAC-SHA-256 under one key. */
type Mac = (text: string) => Uint8Array;
const most = 1000;

export const deriveSigningKey = (secretAccessKey: string, { date, region, service }: CredentialScope): Uint8Array =>
  [date, region, service, 'aws4_request'].reduce<Uint8Array>(
    (key, part) => hmac(sha256, key, utf8(part)),
    utf8(`AWS4${secretAccessKey}`),
  );

export class SigningKeys {
  readonly #known = new Map<string, { readonly secret: string; readonly mac: Mac }>();

  /** HMAC-SHA-256 under the signing key. */
  sign(credential: Credential, scope: CredentialScope, text: string): Uint8Array {
    return this.#mac(credential, scope)(text);
  }

  #mac({ accessKeyId, secretAccessKey }: Credential, scope: CredentialScope): Mac {
    const name = `${accessKeyId}/${scopeText(scope)}`;
    const known = this.#known.get(name);
    // The secret of an access key may have been changed since.
    if (known?.secret === secretAccessKey) return known.mac;
    const mac = macOf(deriveSigningKey(secretAccessKey, scope));
    if (this.#known.size >= most) this.#known.clear();
    this.#known.set(name, { secret: secretAccessKey, mac });
    return mac;
  }
}

function macOf(key: Uint8Array): Mac {
  if (nodeCrypto === undefined) {
    const mac = hmac.create(sha256, key);
    return (text) => mac.clone().update(utf8(text)).digest();
  }
  const { createHmac, createSecretKey } = nodeCrypto;
  const handle = createSecretKey(key as Bytes);
  return (text) => createHmac('sha256', handle).update(text).digest();
}
