// Wraps the data key of a stream anew, after a rotation or for another KMS key. The data key is not seen, no chunk is touched.

import type { Bytes } from '../formats/bytes.ts';
import { encodeStreamHeader, mostWrappedKeyBytes, parseStreamHeader } from '../formats/stream.ts';
import { InvalidCiphertextException, KMSInternalException } from '../model/errors/index.ts';
import { checkOptions } from '../model/options.ts';
import { copyBytes } from '../model/shape.ts';
import { readBinding, readKeyId } from './data-key.ts';
import { checkOperation, type DataKeyRewrapper } from './service.ts';

export interface RewrapOptions {
  /** The KMS key that the data key shall be wrapped under. */
  readonly KeyId: string;
  /** The context that the stream was encrypted with. It stays the same: the stream commits to it. */
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined;
}

/**
 * Makes a new header for a stream. Put it in place of the old one, or keep it beside the stream and pass it as `header`.
 * @param header the beginning of the stream, at least its header
 * @returns the new header; it may be longer or shorter than the old one
 * @throws InvalidCiphertextException where it is not a header or its data key does not open
 */
export async function rewrapHeader(kms: DataKeyRewrapper, header: Uint8Array, options: RewrapOptions): Promise<Bytes> {
  checkOperation(kms, 'reEncrypt');
  checkOptions(options, { KeyId: true, EncryptionContext: true });
  const keyId = readKeyId(options);
  const { EncryptionContext: context } = readBinding(options).member;
  const parsed = parseStreamHeader(copyBytes('header', header));
  if (parsed === undefined) throw new InvalidCiphertextException();
  const contexts =
    context === undefined ? {} : { SourceEncryptionContext: context, DestinationEncryptionContext: context };
  const answer = await kms.reEncrypt({ CiphertextBlob: parsed.wrappedKey, DestinationKeyId: keyId, ...contexts });
  const wrappedKey = answer.CiphertextBlob;
  if (wrappedKey === undefined || wrappedKey.length < 1 || wrappedKey.length > mostWrappedKeyBytes) {
    throw new KMSInternalException('ReEncrypt did not return a CiphertextBlob.');
  }
  return encodeStreamHeader(wrappedKey);
}
