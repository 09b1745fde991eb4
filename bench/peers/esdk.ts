// The official client of the AWS Encryption SDK for the runtime at hand.
import type { BenchRuntime } from '../harness/suite.ts';
import { Buffer } from './buffer.ts';

export interface EsdkPeer {
  readonly name: string;
  encrypt(
    plaintext: Uint8Array,
    options: { encryptionContext: Record<string, string>; frameLength: number },
  ): Promise<Uint8Array>;
  decrypt(message: Uint8Array): Promise<Uint8Array>;
}

export interface EsdkSetting {
  readonly keyNamespace: string;
  readonly keyName: string;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly suiteId: number;
}

export const loadEsdkPeer = (runtime: BenchRuntime, setting: EsdkSetting): Promise<EsdkPeer> =>
  runtime === 'node' ? nodePeer(setting) : browserPeer(setting);

async function nodePeer({ keyNamespace, keyName, key, suiteId }: EsdkSetting): Promise<EsdkPeer> {
  const name = '../../test/support/aws-client-node.ts';
  const { loadClientNode } = (await import(
    /* @vite-ignore */ name
  )) as typeof import('../../test/support/aws-client-node.ts');
  const sdk = loadClientNode();
  const policy = sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
  const { encrypt } = sdk.buildEncrypt(policy);
  const { decrypt } = sdk.buildDecrypt(policy);
  const keyring = new sdk.RawAesKeyringNode({
    keyNamespace,
    keyName,
    // A copy, because the client keeps and wipes what it gets.
    unencryptedMasterKey: key.slice(),
    wrappingSuite: sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    utf8Sorting: true,
  });
  return {
    name: '@aws-crypto/client-node',
    encrypt: async (plaintext, options) => (await encrypt(keyring, plaintext as never, { ...options, suiteId })).result,
    decrypt: async (message) => (await decrypt(keyring, message)).plaintext,
  };
}

async function browserPeer({ keyNamespace, keyName, key, suiteId }: EsdkSetting): Promise<EsdkPeer> {
  (globalThis as { Buffer?: unknown }).Buffer ??= Buffer;
  const sdk = await import('@aws-crypto/client-browser');
  const policy = sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
  const { encrypt } = sdk.buildEncrypt(policy);
  const { decrypt } = sdk.buildDecrypt(policy);
  const wrappingSuite = sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING;
  const masterKey = await sdk.RawAesKeyringWebCrypto.importCryptoKey(key, wrappingSuite);
  const keyring = new sdk.RawAesKeyringWebCrypto({
    keyNamespace,
    keyName,
    masterKey,
    wrappingSuite,
    utf8Sorting: true,
  });
  return {
    name: '@aws-crypto/client-browser',
    encrypt: async (plaintext, options) => (await encrypt(keyring, plaintext, { ...options, suiteId })).result,
    decrypt: async (message) => (await decrypt(keyring, message)).plaintext,
  };
}
