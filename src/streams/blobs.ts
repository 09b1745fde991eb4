// Blobs as a whole: for what a page holds anyway. Larger files go through the streams.
import { SerializationException } from '../model/errors/index.ts';
import { blobOf } from './collect.ts';
import { type DecryptStreamOptions, decryptStream } from './decrypt-stream.ts';
import { type EncryptStreamOptions, encryptStream } from './encrypt-stream.ts';
import type { DataKeyMaker, DataKeyOpener } from './service.ts';

export interface DecryptBlobOptions extends DecryptStreamOptions {
  /** MIME type of the result; none unless given. The encrypted stream does not hold one. */
  readonly type?: string | undefined;
}

/**
 * Encrypts a Blob or a File: a stream of `encryptStream`, as a Blob without a type.
 * @throws SerializationException, ValidationException where an argument is not valid; the errors of the KMS as they are
 */
export async function encryptBlob(kms: DataKeyMaker, blob: Blob, options: EncryptStreamOptions): Promise<Blob> {
  return through(blob, encryptStream(kms, { ...options, length: lengthOf(blob) }), 'application/octet-stream');
}

/**
 * Decrypts a Blob that holds an encrypted stream. It resolves when every chunk has opened, and gives nothing otherwise.
 * @throws InvalidCiphertextException, StreamTruncated, and the errors of the KMS as they are
 */
export async function decryptBlob(kms: DataKeyOpener, blob: Blob, options: DecryptBlobOptions = {}): Promise<Blob> {
  const { type, ...others } = { type: '', ...options };
  return through(blob, decryptStream(kms, { ...others, length: lengthOf(blob) }), type ?? '');
}

function lengthOf(blob: Blob): number {
  if (blob instanceof Blob) return blob.size;
  throw new SerializationException('blob must be a Blob or a File.');
}

const through = (blob: Blob, pair: ReturnType<typeof encryptStream>, type: string): Promise<Blob> =>
  blobOf(blob.stream().pipeThrough(pair), type);
