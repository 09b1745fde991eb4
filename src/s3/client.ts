// Encryption around a client of S3: PutObject encrypts, GetObject decrypts. Everything else about the client stays the caller's.
import { reservedEntries, tagLength } from '../formats/s3/object.ts';
import { InvalidCiphertextException, ObjectTooLarge, ValidationException } from '../model/errors/index.ts';
import { checkOptions, type Known, optionsReader } from '../model/options.ts';
import { formOf } from './body.ts';
import { parseDescription } from './content-key.ts';
import { decryptObject, decryptObjectUnverified, type StoredObject } from './decrypt.ts';
import { DecryptedBody } from './decrypted-body.ts';
import { encryptObject } from './encrypt.ts';
import { getInstruction, instructionSuffix, putInstruction } from './instruction-file.ts';
import type { GetObjectInput, GetObjectReply, ObjectStore, PutObjectInput, PutObjectReply } from './object-store.ts';
import {
  type DecryptObjectOptions,
  type EncryptObjectOptions,
  readDecryptOptions,
  readEncryptOptions,
} from './options.ts';
import { decryptRangeUnauthenticated, type PlaintextRange, rangeHeader } from './range.ts';
import { ofLength, plaintextBody, type UploadBody, uploadBody } from './upload-body.ts';

export interface EncryptedS3Options extends EncryptObjectOptions, DecryptObjectOptions {}

/** What may differ from call to call. */
export interface ObjectCallOptions {
  /** In place of the one given to `encryptedS3`. */
  EncryptionContext?: Readonly<Record<string, string>> | undefined;
}

export interface ReadCallOptions extends ObjectCallOptions {
  /** What is behind the object's key in the key of its instruction file. Default `.instruction`. */
  instructionSuffix?: string | undefined;
}

const callNames: Known<ObjectCallOptions> = { EncryptionContext: true };
const readCallNames: Known<ReadCallOptions> = { ...callNames, instructionSuffix: true };

/** The reply of the store, with the plaintext in place of its body. ETag and checksums are those of the ciphertext. */
export type DecryptedReply = Omit<GetObjectReply, 'Body'> & { Body: DecryptedBody };

export interface EncryptedS3 {
  /**
   * Encrypts `Body` and stores it. A stream is sent as it is encrypted where the SDK can (Node, Deno, Bun), and is collected in memory
   * where it cannot (browsers, workers).
   * @throws ValidationException where a member speaks of the plaintext's checksum, or the metadata would be longer than S3 takes
   */
  putObject<Input extends PutObjectInput>(input: Input, call?: ObjectCallOptions): Promise<PutObjectReply>;
  /**
   * Reads and decrypts an object. `Body` gives out nothing before the tag was checked: at most `bufferLimit` bytes are held back.
   * @throws as `decryptObject`
   */
  getObject<Input extends GetObjectInput>(input: Input, call?: ReadCallOptions): Promise<DecryptedReply>;
  /** The same for objects of any length: gives out plaintext **before the tag was checked**. See `decryptObjectUnverified`. */
  getObjectUnverified<Input extends GetObjectInput>(input: Input, call?: ReadCallOptions): Promise<DecryptedReply>;
  /** Reads a part of an object, of which **nothing shows whether it was changed**. See `decryptRangeUnauthenticated`. */
  getRangeUnauthenticated<Input extends GetObjectInput>(
    input: Input,
    range: PlaintextRange,
    call?: ReadCallOptions,
  ): Promise<DecryptedReply>;
}

/** @param store the aggregated client `S3` of @aws-sdk/client-s3, or anything with its `putObject` and `getObject` */
export function encryptedS3(store: ObjectStore, options: EncryptedS3Options): EncryptedS3 {
  const base = ownMembers(options);
  if (typeof store?.getObject !== 'function' || Object.hasOwn(store, 'getObjectUnverified'))
    throw new ValidationException(
      'store must have getObject and putObject, as the aggregated client S3 has, and must not encrypt already.',
    );
  readEncryptOptions(base);
  readDecryptOptions(base);
  return {
    async putObject(input, call) {
      checkOptions(call, callNames, 'call');
      const members: PutObjectInput = { ...input };
      refuseMembers(members, isOfPlaintext, 'is of the plaintext: leave it out, the SDK makes one of the ciphertext');
      refuseMembers(members, named('WriteOffsetBytes'), 'would append to the ciphertext: store the whole object anew');
      // The file is stored first: were the condition then not met, the object that is there would have lost its data key.
      if (base.instructionFile)
        refuseMembers(members, named('IfMatch'), 'cannot hold for the instruction file: leave out one of the two');
      const own = refuseReservedMetadata(members.Metadata ?? {});
      const given = plaintextBody(members.Body);
      const form = formOf(given);
      const isCounted = form === 'stream' && members.ContentLength !== undefined;
      const plaintext = isCounted ? ofLength(given as ReadableStream<Uint8Array>, members.ContentLength) : given;
      const { body, metadata, instruction } = await encryptObject(plaintext, withContext(base, call));
      const Metadata = checkLength({ ...own, ...metadata });
      const length = form === 'blob' ? (plaintext as Blob).size : members.ContentLength;
      const upload: UploadBody =
        form === 'bytes'
          ? { Body: body, ContentLength: (body as Uint8Array).length }
          : await uploadBody(
              streamOf(body),
              store.config?.runtime,
              length === undefined ? undefined : length + tagLength,
            );
      // First the data key: an object without one would be lost.
      if (instruction !== undefined) await putInstruction(store, members, instruction);
      return send(store, { ...members, Metadata }, upload);
    },

    async getObject(input, call) {
      const reply = await fetchObject(store, input, call);
      return finish(reply, async (object, { ContentLength = 0 }) => {
        const { bufferLimit } = readDecryptOptions(base);
        if (ContentLength > bufferLimit) throw new ObjectTooLarge(bufferLimit);
        return decryptObject(object, withContext(base, call));
      });
    },

    async getObjectUnverified(input, call) {
      const reply = await fetchObject(store, input, call);
      return finish(reply, (object) => decryptObjectUnverified(object, withContext(base, call)));
    },

    async getRangeUnauthenticated(input, range, call) {
      const reply = await fetchObject(store, input, call, rangeHeader(range));
      return finish(reply, (object, { ContentRange }) => {
        const place = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(ContentRange ?? '');
        if (place === null) throw new InvalidCiphertextException();
        const stored = { ...object, offset: Number(place[1]), size: Number(place[2]) };
        return decryptRangeUnauthenticated(stored, range, withContext(base, call));
      });
    },
  };
}

/** Sends a body, and fails with its error where it has one. */
async function send(
  store: ObjectStore,
  members: PutObjectInput,
  { Body, ContentLength, failure, close }: UploadBody,
): Promise<PutObjectReply> {
  const input = { ...members, Body, ContentLength };
  if (failure === undefined) return store.putObject(input);
  const ending = new AbortController();
  try {
    return await Promise.race([store.putObject(input, { abortSignal: ending.signal }), failure]);
  } catch (error) {
    ending.abort(error);
    throw error;
  } finally {
    close?.();
  }
}

/** What the store gave, with the body as a stream that is cancelled where it is not read. */
interface Fetched {
  readonly reply: GetObjectReply;
  readonly object: StoredObject<ReadableStream<Uint8Array>>;
}

async function fetchObject(
  store: ObjectStore,
  input: GetObjectInput,
  call: ReadCallOptions | undefined,
  range?: string,
): Promise<Fetched> {
  const members: GetObjectInput = { ...input };
  refuseMembers(members, named('Range', 'PartNumber'), 'gives a part of the ciphertext: use getRangeUnauthenticated');
  const suffix = optionsReader(call, readCallNames, 'call')('instructionSuffix') || instructionSuffix;
  const reply = await store.getObject(range === undefined ? members : { ...members, Range: range });
  const body = (reply.Body?.transformToWebStream() ?? new Response('').body) as ReadableStream<Uint8Array>;
  const metadata = reply.Metadata ?? {};
  try {
    // A part that nobody asked for would pass for the whole, where no tag shows it.
    if (range === undefined && reply.ContentRange !== undefined) throw new InvalidCiphertextException();
    return { reply, object: { body, metadata, ...(await getInstruction(store, members, metadata, suffix)) } };
  } catch (error) {
    await body.cancel().catch(() => {});
    throw error;
  }
}

async function finish(
  { reply, object }: Fetched,
  open: (object: Fetched['object'], reply: GetObjectReply) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
): Promise<DecryptedReply> {
  try {
    const isWhole = reply.ContentRange === undefined;
    const isGcm = parseDescription(object).contentAlgorithm !== 'AES/CBC/PKCS5Padding';
    const Body = new DecryptedBody(await open(object, reply));
    const { ContentLength, ...members } = reply;
    if (!isWhole || !isGcm || ContentLength === undefined) return { ...members, Body };
    return { ...members, Body, ContentLength: ContentLength - tagLength };
  } catch (error) {
    await object.body.cancel().catch(() => {});
    throw error;
  }
}

/** A copy with the members that are the options' own: a polluted Object.prototype adds none. */
const ownMembers = <T extends object>(options: T): T => ({ ...options });

function withContext<T extends EncryptedS3Options>(base: T, call: ObjectCallOptions | undefined): T {
  const isGiven = call !== undefined && Object.hasOwn(call, 'EncryptionContext');
  return isGiven ? { ...base, EncryptionContext: call.EncryptionContext } : base;
}

const named =
  (...names: string[]) =>
  (name: string): boolean =>
    names.includes(name);
/** The SDK gets new algorithms now and then, each with a member of its own. */
const isOfPlaintext = (name: string): boolean => /^(ContentMD5$|Checksum(?!Algorithm$))/.test(name);

function refuseMembers(input: object, isRefused: (name: string) => boolean, why: string): void {
  for (const [name, value] of Object.entries(input))
    if (isRefused(name) && value !== undefined) throw new ValidationException(`${name} ${why}.`);
}

function refuseReservedMetadata(metadata: Record<string, string>): Record<string, string> {
  for (const name of Object.keys(metadata))
    if (reservedEntries.has(name.toLowerCase()))
      throw new ValidationException(`Metadata must not hold ${name}: the S3 Encryption Client sets it itself.`);
  return metadata;
}

/** S3 takes 2 KB of user metadata, names and values together. */
const mostMetadataBytes = 2048;

function checkLength(metadata: Record<string, string>): Record<string, string> {
  const length = new TextEncoder().encode(Object.entries(metadata).flat().join('')).length;
  if (length <= mostMetadataBytes) return metadata;
  throw new ValidationException(
    `Metadata would have ${length} bytes with what encryption adds, and S3 takes ${mostMetadataBytes}: set instructionFile: true.`,
  );
}

const streamOf = (body: Blob | ReadableStream<Uint8Array> | Uint8Array): ReadableStream<Uint8Array> =>
  formOf(body) === 'blob' ? (body as Blob).stream() : (body as ReadableStream<Uint8Array>);
