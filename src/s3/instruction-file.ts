// Instruction files: the data key of an object in an object of its own beside it.
import { lacksKey, metadataEntries } from '../formats/s3/metadata-reader.ts';
import { mostText } from '../formats/s3/metadata-text.ts';
import { instructionMarker } from '../formats/s3/object.ts';
import { InvalidCiphertextException, ObjectNotEncrypted, ObjectTooLarge } from '../model/errors/index.ts';
import { readerOf } from '../model/stream-reader.ts';
import { takeFrom } from '../streams/take.ts';
import { takeAll } from './body.ts';
import type { GetObjectInput, ObjectStore, PutObjectInput, ReplyBody } from './object-store.ts';

export const instructionSuffix = '.instruction';

/** Who pays and whose bucket it is: members of every request for the file. */
const membersOfAccess = ['ExpectedBucketOwner', 'RequestPayer'];

/**
 * Members that say under which condition, for whom and how safely the object is stored. Without its file it cannot be read, so they
 * hold for both. A customer's key (SSE-C) does not: the clients of AWS ask for the file without one.
 */
const membersOfStorage = [
  'IfNoneMatch',
  ...['ACL', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWriteACP', 'Tagging'],
  ...['ServerSideEncryption', 'SSEKMSKeyId', 'SSEKMSEncryptionContext', 'BucketKeyEnabled', 'ChecksumAlgorithm'],
  ...['ObjectLockMode', 'ObjectLockRetainUntilDate', 'ObjectLockLegalHoldStatus'],
  ...['ObjectLockEventHold', 'ObjectLockEventHoldDurationDays', 'ObjectLockEventHoldDurationYears'],
];

/**
 * Stores the file. It takes the place of one that is there, and with it the data key of the object beside it.
 * @param input the request for the object
 */
export async function putInstruction(store: ObjectStore, input: PutObjectInput, text: string): Promise<void> {
  const place = placeOf(input, instructionSuffix);
  await store.putObject({
    ...place,
    ...pick(input, membersOfStorage),
    Body: text,
    Metadata: { [instructionMarker]: '' },
  });
}

/**
 * The text of an object's instruction file, where its metadata name no data key.
 * @throws ObjectNotEncrypted where there is none; the errors of the store as they are
 */
export async function getInstruction(
  store: ObjectStore,
  input: GetObjectInput,
  metadata: Readonly<Record<string, string>>,
  suffix: string,
): Promise<{ instruction?: string }> {
  const entries = metadataEntries(Object.entries(metadata));
  if (entries === undefined || !lacksKey(entries)) return {};
  try {
    const { Body } = await store.getObject(placeOf(input, suffix));
    return { instruction: await readText(Body) };
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    throw name === 'NoSuchKey' || $metadata?.httpStatusCode === 404 ? new ObjectNotEncrypted() : error;
  }
}

/** The members that say where the file lies; those that say which version or part of the object do not belong to it. */
const placeOf = (input: GetObjectInput, suffix: string): GetObjectInput => ({
  Bucket: input.Bucket,
  Key: `${input.Key}${suffix}`,
  ...pick(input, membersOfAccess),
});

const pick = (input: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)));

async function readText(body: ReplyBody | undefined): Promise<string> {
  const stream = body?.transformToWebStream() as ReadableStream<Uint8Array> | undefined;
  const reader = stream && readerOf(stream);
  try {
    const bytes = await takeAll(
      takeFrom(async () => (await reader?.read())?.value),
      mostText,
    );
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    await reader?.cancel().catch(() => {});
    // Neither so long nor anything but UTF-8 is an instruction file.
    throw error instanceof ObjectTooLarge || error instanceof TypeError ? new InvalidCiphertextException() : error;
  }
}
