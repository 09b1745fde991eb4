// A page whose KMS is a worker's, by the AWS SDK, and which has a keyring of its own beside it.
import { KMS } from '@aws-sdk/client-kms';
import { type Kms, openKms } from '../../../src/index.ts';
import { decryptStream, encryptStream } from '../../../src/streams/index.ts';

export interface EdgePlace {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** As whom the worker calls. */
  readonly workerArn: string;
}

const EncryptionContext = { note: '17' };
const clientOf = ({ url, accessKeyId, secretAccessKey }: EdgePlace): KMS =>
  new KMS({ endpoint: url, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
const bytesOf = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(stream as BodyInit).arrayBuffer());
const streamOf = (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes]).stream();
const post = async (url: string, body: BodyInit): Promise<Uint8Array<ArrayBuffer>> => {
  const response = await fetch(url, { method: 'POST', body });
  if (!response.ok) throw new Error(await response.text());
  return new Uint8Array(await response.arrayBuffer());
};

/** Brings the same material into a key of either. */
async function bring(kms: KMS | Kms, KeyId: string, material: Uint8Array<ArrayBuffer>): Promise<void> {
  const ask = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
  const { PublicKey, ImportToken } = await kms.getParametersForImport(ask);
  const rsa = { name: 'RSA-OAEP', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('spki', new Uint8Array(PublicKey ?? []), rsa, false, ['encrypt']);
  const EncryptedKeyMaterial = new Uint8Array(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, key, material));
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const;
  await kms.importKeyMaterial({ KeyId, ImportToken: ImportToken as Uint8Array, EncryptedKeyMaterial, ExpirationModel });
}

const api = {
  /** One keyring: the page encrypts a stream and the worker opens it, and the other way round. */
  async shareKeyring(place: EdgePlace, length: number) {
    const kms = clientOf(place);
    const KeyId = (await kms.createKey({})).KeyMetadata?.KeyId ?? '';
    const Operations = ['GenerateDataKey', 'Decrypt'] as const;
    await kms.createGrant({ KeyId, GranteePrincipal: place.workerArn, Operations: [...Operations] });
    const plaintext = new Uint8Array(length).map((_, index) => index);
    const fromPage = await bytesOf(streamOf(plaintext).pipeThrough(encryptStream(kms, { KeyId, EncryptionContext })));
    const opened = await post(`${place.url}/open`, new Blob([fromPage]));
    const fromWorker = await post(`${place.url}/seal?key=${KeyId}`, new Blob([plaintext]));
    const read = await bytesOf(streamOf(fromWorker).pipeThrough(decryptStream(kms, { EncryptionContext })));
    const isEqual = (bytes: Uint8Array) =>
      bytes.length === length && bytes.every((byte, index) => byte === plaintext[index]);
    fromPage[fromPage.length - 1] = (fromPage.at(-1) ?? 0) ^ 1;
    const forged = await post(`${place.url}/open`, new Blob([fromPage])).then(
      ({ length: given }) => `${given} bytes`,
      () => 'refused',
    );
    return { opened: isEqual(opened), read: isEqual(read), differ: !isEqual(fromWorker), forged };
  },

  /** Two keyrings that hold the same key: what the page encrypted without a network the worker decrypts, and the other way round. */
  async replicate(place: EdgePlace, name: string) {
    const theirs = clientOf(place);
    const KeyId = (await theirs.createKey({ Origin: 'EXTERNAL' })).KeyMetadata?.KeyId ?? '';
    const ours = await openKms({ name, newKeyId: () => KeyId, accountId: '111111111111' });
    await ours.createKey({ Origin: 'EXTERNAL' });
    const material = crypto.getRandomValues(new Uint8Array(32));
    await bring(theirs, KeyId, material);
    await bring(ours, KeyId, material);
    const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
    const Plaintext = new TextEncoder().encode('meet at nine');
    const fromPage = await ours.encrypt({ KeyId, Plaintext, EncryptionContext });
    const fromWorker = await theirs.encrypt({ KeyId, Plaintext, EncryptionContext });
    const there = await theirs.decrypt({ CiphertextBlob: fromPage.CiphertextBlob, EncryptionContext });
    const here = await ours.decrypt({ CiphertextBlob: fromWorker.CiphertextBlob as Uint8Array, EncryptionContext });
    const wrong = await theirs.decrypt({ CiphertextBlob: fromPage.CiphertextBlob }).then(
      () => 'decrypted',
      (error: Error) => error.name,
    );
    return { there: text(there.Plaintext), here: text(here.Plaintext), wrong };
  },
};

declare global {
  var edgePage: typeof api;
}
globalThis.edgePage = api;
