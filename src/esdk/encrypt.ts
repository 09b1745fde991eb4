// Encrypts what fits into memory. For everything else, see encrypt-stream.ts.
import { type Bytes, concat } from '../formats/bytes.ts';
import { encodeFooter } from '../formats/esdk/footer.ts';
import { BodyAad, bodyLength, frameCount, mostFrames } from '../formats/esdk/frames.ts';
import { messageIdLength } from '../formats/esdk/suites.ts';
import type { MessageSigner } from '../keys/message-signature.ts';
import { randomBytes } from '../keys/random.ts';
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import { batchFrames, sealedLength, sealFrames } from './body.ts';
import { contextToWrite } from './context.ts';
import { type EncryptOptions, readEncryptOptions } from './encrypt-options.ts';
import type { Keyring } from './keyring.ts';
import { type WrittenHeader, writeHeader } from './message-header.ts';

/**
 * Encrypts a plaintext into a message of the AWS Encryption SDK.
 * @param keyring makes the data key, and wraps it
 * @param plaintext copied before this returns
 * @throws SerializationException, ValidationException, MessageRefused; errors of the keyring's KMS pass as they are
 */
export async function encrypt(keyring: Keyring, plaintext: Uint8Array, options?: EncryptOptions): Promise<Bytes> {
  const { pairs, required, suite, frameLength, maxEncryptedDataKeys } = readEncryptOptions(options);
  if (!isBytes(plaintext))
    throw new SerializationException('plaintext must be a Uint8Array (encode text with TextEncoder first).');
  if (frameCount(plaintext.length, frameLength) > mostFrames)
    throw new ValidationException('The plaintext has more than 2^32 - 1 frames: choose a longer frameLength.');
  // Refused before a key is made.
  contextToWrite(pairs, required, undefined);
  const copy = new Uint8Array(plaintext);
  try {
    const signer = suite.curve && (await (await import('../keys/message-signature.ts')).newMessageSigner(suite.curve));
    const written = await writeHeader(keyring, {
      suite,
      messageId: randomBytes(messageIdLength(suite)),
      context: contextToWrite(pairs, required, signer?.publicKey),
      frameLength,
      maxEncryptedDataKeys,
    });
    return await sealMessage(written, frameLength, copy, signer);
  } finally {
    copy.fill(0);
  }
}

/** The rest of a message whose header is there. @returns all of it */
export async function sealMessage(
  { header, messageId, cipher }: WrittenHeader,
  frameLength: number,
  plaintext: Bytes,
  signer: Pick<MessageSigner, 'sign'> | undefined,
): Promise<Bytes> {
  const message = new Uint8Array(header.length + bodyLength(plaintext.length, frameLength));
  message.set(header);
  const body = { cipher, aad: new BodyAad(messageId), frameLength };
  const batch = batchFrames(frameLength);
  const count = frameCount(plaintext.length, frameLength);
  try {
    for (let done = 0, at = header.length; done < count; done += batch) {
      const part = plaintext.subarray(done * frameLength, (done + batch) * frameLength);
      const isEnd = done + batch >= count;
      const end = at + sealedLength(part.length, frameLength, isEnd);
      await sealFrames(body, part, done + 1, isEnd, message.subarray(at, end));
      at = end;
    }
  } finally {
    cipher.close();
  }
  return signer === undefined ? message : concat(message, encodeFooter(await signer.sign(message)));
}
