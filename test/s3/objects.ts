// What the tests of encrypted S3 objects share.
import { aesKeyring, type S3Keyring, type StoredObject } from '../../src/s3/index.ts';
import { fromHex, random } from '../support/bytes.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

/** An object of ../shared/vectors/s3ec, which docs/formats.md describes. */
export interface ObjectVector {
  id: string;
  format: 'v2' | 'v3';
  wrapAlgorithm: 'AES/GCM' | 'kms+context' | 'RSA-OAEP-SHA1';
  wrappingKey?: string;
  kmsStub?: { ciphertextBlob: string; encryptionContext: Record<string, string>; plaintext: string };
  requestEncryptionContext?: Record<string, string>;
  dataKey: string;
  derivedKey?: string;
  metadata: Record<string, string>;
  plaintext: string;
  objectBody: string;
  rangedRead?: { first: number; last: number; from: number; counterBlock: string; plaintext: string };
}

export interface VectorFile {
  rsaPrivateKeyPem: string;
  keyDerivation: { dataKey: string; messageId: string; encryptionKey: string; commitment: string }[];
  objects: ObjectVector[];
}

export const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));

/** The stand-in for a KMS that a vector describes: one blob under exactly one context. */
export function stubKms({ kmsStub }: ObjectVector) {
  if (kmsStub === undefined) throw new Error('the vector has no KMS');
  const { ciphertextBlob, encryptionContext, plaintext } = kmsStub;
  const asText = (context: Record<string, string> = {}) => JSON.stringify(Object.entries(context).sort());
  return {
    async generateDataKey(): Promise<never> {
      throw new Error('the vectors are only read');
    },
    async decrypt({
      CiphertextBlob,
      EncryptionContext,
    }: {
      CiphertextBlob: Uint8Array;
      EncryptionContext?: Record<string, string>;
    }) {
      const isSame =
        asText(EncryptionContext) === asText(encryptionContext) &&
        Array.from(CiphertextBlob).join() === Array.from(fromHex(ciphertextBlob)).join();
      if (!isSame) throw Object.assign(new Error('no'), { name: 'InvalidCiphertextException' });
      return { Plaintext: fromHex(plaintext) };
    },
  };
}

export const importRsa = (pem: string): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    'pkcs8',
    fromBase64(pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')),
    { name: 'RSA-OAEP', hash: 'SHA-1' },
    false,
    ['decrypt'],
  );

export const objectOf = ({ metadata, objectBody }: ObjectVector): StoredObject<Bytes> => ({
  metadata,
  body: fromBase64(objectBody),
});

export const newAesKeyring = (): S3Keyring => aesKeyring(random(32));

/** Changes one base64 character of an entry to another valid value of the same length. */
export function flipEntry(metadata: Record<string, string>, name: string, at = 0): Record<string, string> {
  const bytes = fromBase64(metadata[name] as string);
  bytes[at] = (bytes[at] as number) ^ 1;
  return { ...metadata, [name]: btoa(String.fromCharCode(...bytes)) };
}
