// The keyrings that the vector files describe.
import { type Keyring, multiKeyring, type RsaPadding, rawAesKeyring, rawRsaKeyring } from '../../src/esdk/index.ts';
import { type Bytes, fromHex } from '../support/bytes.ts';
import { sharedVectors } from '../vectors/load.ts';

export const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));

interface KeyFile {
  keys: Record<string, { algorithm: 'aes' | 'rsa'; encoding: 'base64' | 'pem'; keyId: string; material: string }>;
}

export interface KeyringSpec {
  type: 'raw-aes' | 'raw-rsa';
  namespace: string;
  name: string;
  key: string;
  padding?: string;
}

const paddings: Record<string, RsaPadding> = {
  'oaep-mgf1-sha1': 'oaep-sha1',
  'oaep-mgf1-sha256': 'oaep-sha256',
  'oaep-mgf1-sha384': 'oaep-sha384',
  'oaep-mgf1-sha512': 'oaep-sha512',
  pkcs1: 'pkcs1',
};

/** A keyring for a case: of several, all that can decrypt. */
export async function keyringOf(specs: readonly KeyringSpec[]): Promise<Keyring> {
  const { keys } = (await sharedVectors<KeyFile>('esdk/keys.json')) as KeyFile;
  const children = specs.flatMap((spec): Keyring[] => {
    const { namespace: keyNamespace, name: keyName, key } = spec;
    const material = keys[key]?.material;
    if (material === undefined) throw new Error(`no key ${key}`);
    if (spec.type === 'raw-aes') return [rawAesKeyring({ keyNamespace, keyName, wrappingKey: fromBase64(material) })];
    const padding = paddings[spec.padding ?? ''];
    if (padding === undefined) throw new Error(`no padding ${spec.padding}`);
    const half = key.endsWith('-public') ? { publicKey: material } : { privateKey: material };
    return [rawRsaKeyring({ keyNamespace, keyName, padding, ...half })];
  });
  return children.length === 1 ? (children[0] as Keyring) : multiKeyring({ children });
}

export const aesKeyring = (wrappingKey: string, keyNamespace: string, keyName: string): Keyring =>
  rawAesKeyring({ keyNamespace, keyName, wrappingKey: fromHex(wrappingKey) });
