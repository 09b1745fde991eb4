// From metadata to the key that opens the content, and from a new data key to both. The order is what keeps it safe: format
// and policy first, then the data key, then the commitment, and only then the content key.
import { hmacPrf } from '../cipher/hmac.ts';
import { type Bytes, isEqual } from '../formats/bytes.ts';
import { committingIv, deriveFrom, suiteId } from '../formats/s3/commitment.ts';
import { instructionEntries, metadataEntries, readHeader } from '../formats/s3/metadata-reader.ts';
import {
  type ContentAlgorithm,
  gcmIvLength,
  isDataKeyLength,
  messageIdLength,
  type ObjectHeader,
  reservedEntries,
} from '../formats/s3/object.ts';
import { randomBytes } from '../keys/random.ts';
import {
  InvalidCiphertextException,
  ObjectFormatRefused,
  ObjectNotEncrypted,
  SerializationException,
  ValidationException,
} from '../model/errors/index.ts';
import { textMap } from '../model/shape.ts';
import type { ReadingTerms, WritingTerms } from './options.ts';

/** What encrypts or decrypts one object. Whoever has it wipes `key`. */
export interface Content {
  readonly algorithm: ContentAlgorithm;
  /** 32 bytes; of formats v1 and v2 also 16 or 24. */
  readonly key: Bytes;
  readonly iv: Bytes;
  readonly aad: Bytes;
}

const noAad = new Uint8Array(0);

/** What is known of an encrypted object besides its body. */
export interface ObjectDescription {
  /** The object's user metadata, as the SDK gives them: names without `x-amz-meta-`, in any case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The text of its instruction file, where its metadata name no data key. */
  readonly instruction?: string | undefined;
}

/** The name of a header in place of that of metadata: the caller asked for the object without an SDK. */
const isHeaderName = (name: string): boolean => {
  const [, entry = ''] = /^x-amz-meta-(.*)$/.exec(name.toLowerCase()) ?? [];
  return reservedEntries.has(entry);
};

/** @throws ObjectNotEncrypted, InvalidCiphertextException; ValidationException where names are those of HTTP headers */
export function parseDescription(object: ObjectDescription): ObjectHeader {
  const { metadata } = object;
  // A polluted Object.prototype sets none.
  const instruction = Object.hasOwn(object, 'instruction') ? object.instruction : undefined;
  const entries = metadataEntries(textMap(metadata, { member: 'metadata', argument: 'metadata' }, []));
  if (instruction !== undefined && typeof instruction !== 'string')
    throw new SerializationException('instruction must be the text of the instruction file.');
  const inFile = instruction === undefined ? undefined : instructionEntries(instruction);
  if (entries === undefined || (instruction !== undefined && inFile === undefined))
    throw new InvalidCiphertextException();
  const header = readHeader(entries, inFile);
  if (header === 'absent' && Object.keys(metadata).some(isHeaderName))
    throw new ValidationException('The names in metadata must stand without x-amz-meta-, which HTTP has before them.');
  if (header === 'absent') throw new ObjectNotEncrypted();
  if (header === undefined) throw new InvalidCiphertextException();
  return header;
}

/** @throws InvalidCiphertextException, ObjectFormatRefused, and the errors of a KMS as they are */
export async function openContent(header: ObjectHeader, terms: ReadingTerms): Promise<Content> {
  checkAllowed(header, terms);
  const { contentAlgorithm: algorithm } = header;
  const dataKey = await terms.keyring.openDataKey(header, { contentAlgorithm: algorithm, context: terms.context });
  if (!isDataKeyLength(dataKey.length, algorithm)) throw new InvalidCiphertextException();
  if (header.format !== 'v3') return { algorithm, key: dataKey, iv: header.iv, aad: noAad };
  try {
    const derivation = await deriveFrom(hmacPrf, dataKey, header.messageId);
    if (!isEqual(await derivation.commitment(), header.commitment)) throw new InvalidCiphertextException();
    return { algorithm, key: await derivation.contentKey(), iv: committingIv, aad: suiteId };
  } finally {
    dataKey.fill(0);
  }
}

function checkAllowed({ format, contentAlgorithm }: ObjectHeader, { mustCommit, allowsCbc }: ReadingTerms): void {
  if (mustCommit && format !== 'v3')
    throw new ObjectFormatRefused(
      `The object is in format ${format}, which does not commit to its key. commitmentPolicy REQUIRE_ENCRYPT_ALLOW_DECRYPT reads it.`,
    );
  if (contentAlgorithm === 'AES/CBC/PKCS5Padding' && !allowsCbc)
    throw new ObjectFormatRefused(
      'The object is encrypted by AES-CBC, and nothing would show that it was changed. legacyUnauthenticatedContent reads it.',
    );
}

/** A new data key, and the header of its object. */
export async function makeContent(terms: WritingTerms): Promise<{ header: ObjectHeader; content: Content }> {
  const contentAlgorithm = terms.isCommitting ? '115' : 'AES/GCM/NoPadding';
  const { dataKey, wrapped } = await terms.keyring.makeDataKey({ contentAlgorithm, context: terms.context });
  if (contentAlgorithm === 'AES/GCM/NoPadding') {
    const iv = randomBytes(gcmIvLength);
    const content = { algorithm: contentAlgorithm, key: dataKey, iv, aad: noAad } as const;
    return { header: { format: 'v2', contentAlgorithm, iv, ...wrapped }, content };
  }
  try {
    const messageId = randomBytes(messageIdLength);
    const derivation = await deriveFrom(hmacPrf, dataKey, messageId);
    const commitment = await derivation.commitment();
    const key = await derivation.contentKey();
    const content = { algorithm: contentAlgorithm, key, iv: committingIv, aad: suiteId } as const;
    return { header: { format: 'v3', contentAlgorithm, messageId, commitment, ...wrapped }, content };
  } finally {
    dataKey.fill(0);
  }
}
