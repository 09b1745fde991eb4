// A key management service on one sheet: real AES-GCM, one key, no states but enabled and disabled. It shows the tests what a
// Kms does not show: the buffers in which data keys were handed out.
import { DisabledException, InvalidCiphertextException } from '../../src/model/errors/index.ts';

type Context = Record<string, string>;
type Bytes = Uint8Array<ArrayBuffer>;

export interface PaperKms {
  isEnabled: boolean;
  /** Every plaintext data key that was handed out. */
  readonly handedOut: Bytes[];
  readonly calls: string[];
  generateDataKey(input: {
    KeyId: string;
    NumberOfBytes: number;
    EncryptionContext?: Context;
  }): Promise<{ Plaintext: Bytes; CiphertextBlob: Bytes }>;
  decrypt(input: { CiphertextBlob: Uint8Array; EncryptionContext?: Context }): Promise<{ Plaintext: Bytes }>;
  reEncrypt(input: {
    CiphertextBlob: Uint8Array;
    DestinationKeyId: string;
    SourceEncryptionContext?: Context;
    DestinationEncryptionContext?: Context;
  }): Promise<{ CiphertextBlob: Bytes }>;
}

export async function paperKms(blobPadding = 0): Promise<PaperKms> {
  const { subtle } = crypto;
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const parameters = (iv: Bytes, context: Context = {}) => ({
    name: 'AES-GCM',
    iv,
    additionalData: new TextEncoder().encode(JSON.stringify(Object.entries(context).sort())),
    tagLength: 128,
  });
  const wrap = async (plaintext: Bytes, context?: Context): Promise<Bytes> => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await subtle.encrypt(parameters(iv, context), key, plaintext));
    return Uint8Array.of(...iv, ...sealed, ...new Uint8Array(blobPadding));
  };
  const unwrap = async (blob: Uint8Array, context?: Context): Promise<Bytes> => {
    if (!kms.isEnabled) throw new DisabledException('The key is disabled.');
    const bytes = new Uint8Array(blob).slice(0, blob.length - blobPadding);
    try {
      return new Uint8Array(await subtle.decrypt(parameters(bytes.slice(0, 12), context), key, bytes.slice(12)));
    } catch {
      throw new InvalidCiphertextException();
    }
  };
  const handOut = (plaintext: Bytes): Bytes => {
    kms.handedOut.push(plaintext);
    return plaintext;
  };
  const kms: PaperKms = {
    isEnabled: true,
    handedOut: [],
    calls: [],
    async generateDataKey({ NumberOfBytes, EncryptionContext }) {
      kms.calls.push('generateDataKey');
      const plaintext = crypto.getRandomValues(new Uint8Array(NumberOfBytes));
      const blob = await wrap(plaintext, EncryptionContext);
      return { Plaintext: handOut(plaintext), CiphertextBlob: blob };
    },
    async decrypt({ CiphertextBlob, EncryptionContext }) {
      kms.calls.push('decrypt');
      return { Plaintext: handOut(await unwrap(CiphertextBlob, EncryptionContext)) };
    },
    async reEncrypt({ CiphertextBlob, SourceEncryptionContext, DestinationEncryptionContext }) {
      kms.calls.push('reEncrypt');
      const plaintext = await unwrap(CiphertextBlob, SourceEncryptionContext);
      return { CiphertextBlob: await wrap(plaintext, DestinationEncryptionContext) };
    },
  };
  return kms;
}
