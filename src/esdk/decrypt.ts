// Decrypts what fits into memory: nothing of the plaintext is given out before all of it, and the signature, is found authentic.

import { giveBack } from '../cipher/spent.ts';
import { ByteReader } from '../formats/byte-reader.ts';
import type { Bytes } from '../formats/bytes.ts';
import { parseFooter } from '../formats/esdk/footer.ts';
import { BodyAad, blockStart, type Piece, readFrames, tagLength } from '../formats/esdk/frames.ts';
import { parseHeader } from '../formats/esdk/header.ts';
import { InvalidCiphertextException, SerializationException } from '../model/errors/index.ts';
import { copyBytes, isBytes } from '../model/shape.ts';
import { batchFrames, openFrames } from './body.ts';
import {
  type AcceptedHeader,
  acceptHeader,
  type DecryptOptions,
  type MessageHeader,
  readDecryptOptions,
  refuseBase64,
} from './decrypt-options.ts';
import type { Keyring } from './keyring.ts';
import { openHeader } from './message-header.ts';
import { requireKeyring } from './options.ts';

export interface Decrypted extends MessageHeader {
  readonly plaintext: Bytes;
}

/**
 * Decrypts a whole message of the AWS Encryption SDK, version 1 or 2.
 * @param keyring unwraps the data key
 * @param message copied before this returns
 * @throws InvalidCiphertextException whatever is wrong with the message, the keys or the encryption context
 * @throws MessageRefused where the options do not allow what the message shows openly
 * @throws SerializationException, ValidationException where an argument is not valid. Errors of the keyring's KMS, such as
 * DisabledException, pass as they are where no data key could be unwrapped
 */
export async function decrypt(keyring: Keyring, message: Uint8Array, options?: DecryptOptions): Promise<Decrypted> {
  const settings = readDecryptOptions(options);
  requireKeyring(keyring);
  if (!isBytes(message)) throw new SerializationException('message must be a Uint8Array.');
  const copy = copyBytes('message', message);
  refuseBase64(copy);
  const accepted = acceptHeader(parseHeader(copy, settings.maxEncryptedDataKeys), settings);
  const { header, context } = accepted;
  const cipher = await openHeader(keyring, header, context);
  try {
    const body = findBody(copy, header.length, header.frameLength);
    await requireSignature(accepted, copy, body.end);
    const plaintext = new Uint8Array(body.plaintextLength);
    const aad = new BodyAad(header.messageId);
    let at = 0;
    try {
      for (const pieces of body.batches()) {
        const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
        await openFrames({ cipher, aad }, pieces, plaintext.subarray(at, at + length));
        at += length;
      }
    } catch (error) {
      plaintext.fill(0);
      throw error;
    }
    return { plaintext, encryptionContext: context.all, suiteId: header.suite.id };
  } finally {
    cipher.close();
    // Long messages would otherwise find no memory that was touched before, and fresh memory costs as much as the cipher.
    giveBack([copy]);
  }
}

/** Where the body of a message lies. */
interface BodyFound {
  readonly end: number;
  readonly plaintextLength: number;
  /** Its pieces in order, so many at a time as are opened at a time. */
  batches(): Iterable<readonly Piece[]>;
}

/** Walks over the body without opening anything: lengths are those of bytes that are there. @throws InvalidCiphertextException */
function findBody(message: Bytes, start: number, frameLength: number | undefined): BodyFound {
  if (frameLength === undefined) return findBlock(message, start);
  const batch = batchFrames(frameLength);
  const runFrom = (at: number, first: number) => readFrames(message, at, frameLength, first, batch);
  let end = start;
  let plaintextLength = 0;
  for (let first = 1; ; first += batch) {
    const run = runFrom(end, first);
    if (run === undefined || (!run.isEnd && run.frames.length < batch)) throw new InvalidCiphertextException();
    end += run.length;
    plaintextLength += run.plaintextLength;
    if (run.isEnd) break;
  }
  return {
    end,
    plaintextLength,
    *batches() {
      for (let at = start, first = 1; at < end; first += batch) {
        const { frames, length } = runFrom(at, first) as { frames: readonly Piece[]; length: number };
        yield frames;
        at += length;
      }
    },
  };
}

function findBlock(message: Bytes, start: number): BodyFound {
  if (message.length - start < blockStart + tagLength) throw new InvalidCiphertextException();
  const reader = new ByteReader(message, start);
  const iv = reader.take(12);
  const length = reader.uint64();
  if (length > message.length - start - blockStart - tagLength) throw new InvalidCiphertextException();
  const sealed = reader.take(length + tagLength);
  const piece: Piece = { kind: 'block', sequence: 1, iv, sealed, length };
  return { end: reader.offset, plaintextLength: length, batches: () => [[piece]] };
}

/** @param end where the body ends: a footer must follow there, or nothing at all */
async function requireSignature({ header, publicKey }: AcceptedHeader, message: Bytes, end: number): Promise<void> {
  const { curve } = header.suite;
  if (curve === undefined || publicKey === undefined) {
    if (end !== message.length) throw new InvalidCiphertextException();
    return;
  }
  const signature = parseFooter(message.subarray(end));
  const { verifyMessage } = await import('../keys/message-signature.ts');
  const isGenuine =
    signature !== undefined && (await verifyMessage(curve, publicKey, message.subarray(0, end), signature));
  if (!isGenuine) throw new InvalidCiphertextException();
}
