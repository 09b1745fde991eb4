// Encrypts what fits into memory. For everything else, see encrypt-stream.ts.
import { type Bytes, concat } from '../formats/bytes.ts';
import { encodeFooter } from '../formats/esdk/footer.ts';
import { BodyAad, bodyLength, frameCount, layFrames, mostFrames } from '../formats/esdk/frames.ts';
import { messageIdLength, type SuiteId } from '../formats/esdk/suites.ts';
import type { MessageSigner } from '../keys/message-signature.ts';
import { randomBytes } from '../keys/random.ts';
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import { batchFrames, sealFrames } from './body.ts';
import { contextToWrite } from './context.ts';
import { type EncryptOptions, readEncryptOptions } from './encrypt-options.ts';
import type { Keyring } from './keyring.ts';
import { type WrittenHeader, writeHeader } from './message-header.ts';
import { requireKeyring } from './options.ts';

/**
 * Encrypts a plaintext into a message of the AWS Encryption SDK.
 * @param keyring makes the data key, and wraps it
 * @param plaintext copied before this returns
 * @throws SerializationException, ValidationException, MessageRefused; errors of the keyring's KMS pass as they are
 */
export async function encrypt(keyring: Keyring, plaintext: Uint8Array, options?: EncryptOptions): Promise<Bytes> {
  const { pairs, required, suite, frameLength, maxEncryptedDataKeys } = readEncryptOptions(options);
  requireKeyring(keyring);
  if (!isBytes(plaintext))
    throw new SerializationException('plaintext must be a Uint8Array (encode text with TextEncoder first).');
  if (frameCount(plaintext.length, frameLength) > mostFrames)
    throw new ValidationException('The plaintext has more than 2^32 - 1 frames: choose a longer frameLength.');
  // Whatever is wrong with it is said before a key is made.
  const context = contextToWrite(pairs, required, undefined);
  const draft = layOut(plaintext, frameLength, expectedHeaderLength(keyring, suite.id));
  try {
    const signer = suite.curve && (await (await import('../keys/message-signature.ts')).newMessageSigner(suite.curve));
    const written = await writeHeader(keyring, {
      suite,
      messageId: randomBytes(messageIdLength(suite)),
      context: signer === undefined ? context : contextToWrite(pairs, required, signer.publicKey),
      frameLength,
      maxEncryptedDataKeys,
    });
    rememberHeaderLength(keyring, suite.id, written.header.length);
    return await sealMessage(written, frameLength, draft, signer);
  } catch (error) {
    draft.bytes.fill(0);
    throw error;
  }
}

/** A message whose plaintext lies where its ciphertext will be. */
export interface Draft {
  /** Room for a header, then the body. */
  readonly bytes: Bytes;
  readonly headerRoom: number;
}

/** The one copy of the plaintext: it is sealed where it lies, so that long messages do not pay for memory twice. */
export function layOut(plaintext: Uint8Array, frameLength: number, headerRoom: number): Draft {
  const bytes = new Uint8Array(headerRoom + bodyLength(plaintext.length, frameLength));
  // A view of our own: that of the caller may have methods of its own.
  const view = new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  layFrames(view, frameLength, 1, true, bytes.subarray(headerRoom));
  return { bytes, headerRoom };
}

/** How long headers are is known when the data keys are wrapped. Those of one keyring are mostly as long as the one before. */
const headerLengths = new WeakMap<Keyring, Map<SuiteId, number>>();
const expectedHeaderLength = (keyring: Keyring, id: SuiteId): number => headerLengths.get(keyring)?.get(id) ?? 0;

function rememberHeaderLength(keyring: Keyring, id: SuiteId, length: number): void {
  const known = headerLengths.get(keyring) ?? new Map<SuiteId, number>();
  headerLengths.set(keyring, known.set(id, length));
}

/** The rest of a message whose header is there. @returns all of it; the draft must not be used any more */
export async function sealMessage(
  { header, messageId, cipher }: WrittenHeader,
  frameLength: number,
  { bytes, headerRoom }: Draft,
  signer: Pick<MessageSigner, 'sign'> | undefined,
): Promise<Bytes> {
  const body = { cipher, aad: new BodyAad(messageId) };
  const batch = batchFrames(frameLength);
  try {
    for (let at = headerRoom, first = 1; at < bytes.length; first += batch)
      at += (await sealFrames(body, bytes, at, frameLength, first, batch)).length;
  } finally {
    cipher.close();
  }
  const fits = header.length === headerRoom;
  if (fits) bytes.set(header);
  const message = fits ? bytes : concat(header, bytes.subarray(headerRoom));
  return signer === undefined ? message : concat(message, encodeFooter(await signer.sign(message)));
}
