// Decrypts objects from their beginning to their end. There is one tag, at the end: by default nothing is given out before it was
// checked; what gives out plaintext earlier says so in its name.

import { openCipher } from '../cipher/cipher.ts';
import { decryptCbc } from '../cipher/unauthenticated.ts';
import type { Bytes } from '../formats/bytes.ts';
import { tagLength } from '../formats/s3/object.ts';
import { InvalidCiphertextException, ObjectTooLarge } from '../model/errors/index.ts';
import { copyBytes } from '../model/shape.ts';
import { gcmDecryptStream, gcmDecryptStreamUnverified } from '../streams/gcm-decrypt-stream.ts';
import { type StreamPair, streamPair } from '../streams/stream-pair.ts';
import { type BodyLike, formOf, limitTo, type ObjectBody, takeAll, workOn } from './body.ts';
import { type Content, type ObjectDescription, openContent, parseDescription } from './content-key.ts';
import { type DecryptObjectOptions, type ReadingTerms, readDecryptOptions } from './options.ts';

/** An object as it was stored. */
export interface StoredObject<Body> extends ObjectDescription {
  readonly body: Body;
}

/**
 * Decrypts an object. Nothing is given out before the tag was checked, so at most `bufferLimit` bytes are taken; bytes and Blobs,
 * which are there already, are held against it too. Of a stream up to 32 MiB wait in memory, more in the origin private file system or
 * a temporary Blob.
 * @returns the plaintext in the form of the body. A stream fails with InvalidCiphertextException before its first byte
 * @throws InvalidCiphertextException whatever is wrong with object or key; ObjectNotEncrypted, ObjectFormatRefused, ObjectTooLarge;
 * the errors of a KMS as they are, such as DisabledException
 */
export async function decryptObject<Body extends ObjectBody>(
  object: StoredObject<Body>,
  options: DecryptObjectOptions,
): Promise<BodyLike<Body>> {
  const { body } = object;
  const terms = readDecryptOptions(options);
  const header = parseDescription(object);
  const form = formOf(body);
  const limit = terms.bufferLimit;
  const size = form === 'stream' ? 0 : form === 'blob' ? (body as Blob).size : (body as Uint8Array).length;
  if (size > limit) throw new ObjectTooLarge(limit);
  const source = form === 'bytes' ? copyBytes('body', body) : body;
  const content = await openContent(header, terms);
  const opened = await workOn(source, form, {
    whole: (ciphertext) => openWhole(content, ciphertext),
    // A Blob appears only when its stream has ended well, so there nothing needs to be held back twice.
    stream: (kind) => openStream(content, terms, kind === 'blob' ? gcmDecryptStreamUnverified : heldBack(limit)),
  });
  return opened as BodyLike<Body>;
}

/**
 * Decrypts a stream and gives out plaintext **before the tag at its end was checked**. Whoever uses it must be able to take back
 * all that was done with the plaintext when the stream fails at its end: until then an attacker may have chosen it.
 * @returns the plaintext as it comes. It fails with InvalidCiphertextException at the end, where the tag does not fit
 * @throws as `decryptObject`
 */
export async function decryptObjectUnverified(
  object: StoredObject<ReadableStream<Uint8Array>>,
  options: DecryptObjectOptions,
): Promise<ReadableStream<Bytes>> {
  const { body } = object;
  const terms = readDecryptOptions(options);
  const header = parseDescription(object);
  const content = await openContent(header, terms);
  return (await workOn(body, 'stream', {
    whole: (ciphertext) => openWhole(content, ciphertext),
    stream: () => openStream(content, terms, gcmDecryptStreamUnverified),
  })) as ReadableStream<Bytes>;
}

type OpenGcm = typeof gcmDecryptStream;

/** Opens after the tag was checked. Until then the ciphertext waits, in memory and then in scratch space, up to `limit` bytes. */
const heldBack =
  (limit: number): OpenGcm =>
  (options) => {
    const { readable, writable } = gcmDecryptStream(options);
    const limited = limitTo(limit);
    // Whichever fails, both ends of the pair learn it.
    limited.readable.pipeTo(writable).catch(() => {});
    return { readable, writable: limited.writable };
  };

function openStream(content: Content, terms: ReadingTerms, openGcm: OpenGcm): StreamPair {
  const { algorithm, key, iv, aad } = content;
  const { keyring: keys, bufferLimit } = terms;
  if (algorithm === 'AES/CBC/PKCS5Padding')
    return streamPair(
      async function* (take) {
        const plaintext = await openWhole(content, await takeAll(take, bufferLimit));
        if (plaintext.length > 0) yield [plaintext];
      },
      { keys, forget: () => void key.fill(0) },
    );
  try {
    return openGcm({ key, iv, aad, kms: keys });
  } finally {
    key.fill(0);
  }
}

async function openWhole({ algorithm, key, iv, aad }: Content, ciphertext: Bytes): Promise<Bytes> {
  try {
    if (algorithm === 'AES/CBC/PKCS5Padding') return await decryptCbc(key, iv, ciphertext);
    if (ciphertext.length < tagLength) throw new InvalidCiphertextException();
    const cipher = await openCipher(key, 'either');
    try {
      return (await cipher.open(iv, ciphertext, { aad })) as Bytes;
    } finally {
      cipher.close();
    }
  } catch {
    throw new InvalidCiphertextException();
  } finally {
    key.fill(0);
  }
}
