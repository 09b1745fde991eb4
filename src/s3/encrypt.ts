// Encrypts an object: a fresh data key, one AES-GCM message, and the metadata that go with it.
import { openCipher } from '../cipher/cipher.ts';
import type { Bytes } from '../formats/bytes.ts';
import { encodeHeader, type ObjectMetadata } from '../formats/s3/metadata-writer.ts';
import { copyBytes } from '../model/shape.ts';
import { gcmEncryptStream } from '../streams/gcm-encrypt-stream.ts';
import type { StreamPair } from '../streams/stream-pair.ts';
import { type BodyLike, formOf, type ObjectBody, workOn } from './body.ts';
import { type Content, makeContent } from './content-key.ts';
import type { S3Keyring } from './keyring.ts';
import { type EncryptObjectOptions, readEncryptOptions } from './options.ts';

/** An object as it is to be stored. */
export interface EncryptedObject<Body> extends ObjectMetadata {
  /** The ciphertext and its tag: 16 bytes longer than the plaintext. */
  readonly body: Body;
}

/**
 * Encrypts an object in format v3, or v2 where the policy forbids commitment.
 * @param body bytes, a Blob or a stream, at most 2^36 - 32 bytes; bytes are copied at once
 * @returns the encrypted body in the same form, the user metadata to store with it, and the text of the instruction file where one
 * was asked for, to be stored under the object's key with `.instruction` behind it
 * @throws SerializationException, ValidationException where an argument is not valid; the errors of a KMS as they are
 */
export async function encryptObject<Body extends ObjectBody>(
  body: Body,
  options: EncryptObjectOptions,
): Promise<EncryptedObject<BodyLike<Body>>> {
  const terms = readEncryptOptions(options);
  const form = formOf(body);
  const source = form === 'bytes' ? copyBytes('body', body) : body;
  const { header, content } = await makeContent(terms);
  const encrypted = await workOn(source, form, {
    whole: (plaintext) => sealWhole(content, plaintext),
    stream: () => sealStream(content, terms.keyring),
  });
  return { ...encodeHeader(header, terms.hasInstructionFile), body: encrypted as BodyLike<Body> };
}

async function sealWhole({ key, iv, aad }: Content, plaintext: Bytes): Promise<Bytes> {
  try {
    const cipher = await openCipher(key, 'either');
    try {
      return (await cipher.seal(iv, plaintext, { aad })) as Bytes;
    } finally {
      cipher.close();
    }
  } finally {
    key.fill(0);
    plaintext.fill(0);
  }
}

function sealStream({ key, iv, aad }: Content, kms: S3Keyring): StreamPair {
  try {
    return gcmEncryptStream({ key, iv, aad, kms });
  } finally {
    key.fill(0);
  }
}
