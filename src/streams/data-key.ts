// The data key of a stream: asked of the KMS, imported as a key that cannot be read, and its bytes wiped at once, whatever
// happens in between.
import { own } from '../cipher/arguments.ts';
import { hmacPrf } from '../cipher/hmac.ts';
import type { Bytes } from '../formats/bytes.ts';
import type { Prf } from '../formats/cobblestone.ts';
import { encodeEncryptionContext } from '../formats/encryption-context.ts';
import { encodeStreamHeader, mostWrappedKeyBytes, streamContext } from '../formats/stream.ts';
import { InvalidCiphertextException, KMSInternalException, SerializationException } from '../model/errors/index.ts';
import { copyBytes, isBytes, textMap } from '../model/shape.ts';
import type { DataKeyMaker, DataKeyOpener } from './service.ts';

const dataKeyLength = 32;

/** An encryption context, read once: for the KMS, and as the bytes that a message commits to. */
export interface Binding {
  /** The member of a request, or nothing at all where there is no context. */
  readonly member: { EncryptionContext?: Record<string, string> };
  readonly context: Bytes;
}

/** What the options of streams say of the data key. They are own members, and read once. */
interface KeyOptions {
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined;
  readonly KeyId?: string | undefined;
  readonly header?: Uint8Array | undefined;
}

/** @throws SerializationException, ValidationException */
export function readBinding(options: KeyOptions): Binding {
  const encryptionContext = own(options, 'EncryptionContext');
  const pairs =
    encryptionContext === undefined
      ? []
      : textMap(encryptionContext, { member: 'encryptionContext', argument: 'EncryptionContext' }, []);
  const context = streamContext(encodeEncryptionContext(pairs));
  return { member: pairs.length === 0 ? {} : { EncryptionContext: Object.fromEntries(pairs) }, context };
}

/** @throws SerializationException */
export function readKeyId(options: KeyOptions): string {
  const keyId: unknown = own(options, 'KeyId');
  if (typeof keyId !== 'string' || keyId === '') throw new SerializationException('KeyId must be a string.');
  return keyId;
}

function readText(keyId: unknown): string | undefined {
  if (keyId !== undefined && typeof keyId !== 'string') throw new SerializationException('KeyId must be a string.');
  return keyId;
}

/** What opens a stream; a header in place of its own is copied. @throws SerializationException, ValidationException */
export function readOpening(options: KeyOptions): {
  readonly binding: Binding;
  readonly keyId: string | undefined;
  readonly kept: Bytes | undefined;
} {
  const header: unknown = own(options, 'header');
  if (header !== undefined && !isBytes(header))
    throw new SerializationException('header must be a Uint8Array, such as rewrapHeader returns.');
  const kept = header === undefined ? undefined : copyBytes('header', header);
  return { binding: readBinding(options), keyId: readText(own(options, 'KeyId')), kept };
}

/** A new data key, and the header of its stream. */
export async function makeDataKey(
  kms: DataKeyMaker,
  keyId: string,
  { member }: Binding,
): Promise<{ header: Bytes; prf: Prf }> {
  const answer = await kms.generateDataKey({ KeyId: keyId, NumberOfBytes: dataKeyLength, ...member });
  const wrappedKey = answer.CiphertextBlob;
  const prf = await takeKey(answer.Plaintext);
  if (
    prf === undefined ||
    wrappedKey === undefined ||
    wrappedKey.length < 1 ||
    wrappedKey.length > mostWrappedKeyBytes
  ) {
    throw new KMSInternalException('GenerateDataKey did not return a data key of 32 bytes with its CiphertextBlob.');
  }
  return { header: encodeStreamHeader(wrappedKey), prf };
}

/**
 * The data key of a stream that exists.
 * @throws InvalidCiphertextException where it does not open; every other error of the KMS passes as it is
 */
export async function openDataKey(
  kms: DataKeyOpener,
  wrappedKey: Bytes,
  keyId: string | undefined,
  { member }: Binding,
): Promise<Prf> {
  let answer: { Plaintext?: Uint8Array | undefined };
  try {
    answer = await kms.decrypt({
      CiphertextBlob: wrappedKey,
      ...(keyId === undefined ? {} : { KeyId: keyId }),
      ...member,
    });
  } catch (error) {
    // The client of AWS has a class of its own for it, with a message of its own.
    throw (error as Error | undefined)?.name === 'InvalidCiphertextException'
      ? new InvalidCiphertextException()
      : error;
  }
  const prf = await takeKey(answer.Plaintext);
  if (prf === undefined) throw new InvalidCiphertextException();
  return prf;
}

async function takeKey(plaintext: Uint8Array | undefined): Promise<Prf | undefined> {
  if (plaintext === undefined) return undefined;
  const key = new Uint8Array(plaintext);
  try {
    return key.length === dataKeyLength ? await hmacPrf(key) : undefined;
  } finally {
    key.fill(0);
    plaintext.fill(0);
  }
}
