// Decrypts a message that passes by. Frames come out when their tags are checked, so a reader of an unsigned message needs no
// memory. A signature stands at the end of a message: what comes out before it was checked is authentic only as far as all who can
// decrypt are trusted, because each of them could have made it.

import { ByteReader } from '../formats/byte-reader.ts';
import type { Bytes } from '../formats/bytes.ts';
import { footerStart, parseFooter } from '../formats/esdk/footer.ts';
import {
  BodyAad,
  blockStart,
  finalFrameOverhead,
  frameOverhead,
  readFrames,
  tagLength,
} from '../formats/esdk/frames.ts';
import { isProblem, type ParsedHeader, parseHeader } from '../formats/esdk/header.ts';
import type { PassingVerifier } from '../keys/message-signature.ts';
import {
  InvalidCiphertextException,
  MessageRefused,
  StreamTruncated,
  ValidationException,
} from '../model/errors/index.ts';
import { type StreamPair, streamPair } from '../streams/stream-pair.ts';
import { batchFrames, openFrames } from './body.ts';
import {
  type AcceptedHeader,
  acceptHeader,
  type DecryptOptions,
  type DecryptSettings,
  type MessageHeader,
  readDecryptOptions,
  refuseBase64,
} from './decrypt-options.ts';
import { Intake } from './intake.ts';
import type { Keyring } from './keyring.ts';
import { openHeader } from './message-header.ts';
import { abortSignal, count, ownOptions, requireKeyring } from './options.ts';

/**
 * What to do with a signed message, whose signature comes last:
 * `hold` keeps the plaintext back until the signature is found genuine, and refuses a message longer than `maxHeldLength`;
 * `release-before-verification` gives out frames before, all but the last ones: only what the caller can take back;
 * `refuse` takes unsigned messages only.
 */
export type SignedMessages = 'hold' | 'release-before-verification' | 'refuse';

export interface DecryptStreamOptions extends DecryptOptions {
  /** `hold` unless given. */
  readonly signedMessages?: SignedMessages;
  /** Bytes that may have to be in memory at once: of a frame, of an unframed message, of a signed one. 64 MiB unless given. */
  readonly maxHeldLength?: number;
  /** Ends the work: both ends fail with its reason. */
  readonly signal?: AbortSignal;
}

export interface DecryptStreamPair extends StreamPair {
  /**
   * What is authentic beside the plaintext. It comes once `readable` is being read, because nothing is taken in before, and before the
   * first byte of plaintext. Fails where the stream fails before.
   */
  readonly header: Promise<MessageHeader>;
}

const signedModes: readonly unknown[] = ['hold', 'release-before-verification', 'refuse'];
const presetHeldLength = 2 ** 26;
/** A header that grows beyond this is refused; the largest that make sense, with a thousand data keys, are far below. */
const mostHeaderBytes = 2 ** 24;

interface StreamSettings extends DecryptSettings {
  readonly signedMessages: SignedMessages;
  readonly maxHeldLength: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Decrypts a stream: a message of the AWS Encryption SDK into `writable`, plaintext out of `readable`, no byte before its tag was
 * checked. Only when `readable` has closed is the plaintext complete, and of a signed message the signature genuine.
 * @returns the two ends, and the header. The ends fail with InvalidCiphertextException whatever is wrong, with StreamTruncated where
 * the input ends too early, with MessageRefused where the options do not allow the message, and with errors of the keyring's KMS
 * @throws SerializationException, ValidationException where an option is not valid
 */
export function decryptStream(keyring: Keyring, options?: DecryptStreamOptions): DecryptStreamPair {
  requireKeyring(keyring);
  const settings = readStreamOptions(options);
  let tell: (header: MessageHeader) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const header = new Promise<MessageHeader>((resolve, reject) => {
    tell = resolve;
    fail = reject;
  });
  // Whoever does not ask for it must not be told of its failure.
  header.catch(() => {});
  const pair = streamPair(
    async function* (take) {
      try {
        yield* openMessage(keyring, settings, new Intake(take), tell);
      } catch (error) {
        fail(error);
        throw error;
      } finally {
        fail(new DOMException('The stream was cancelled.', 'AbortError'));
      }
    },
    { signal: settings.signal, keys: keyring },
  );
  return { readable: pair.readable, writable: pair.writable, header };
}

function readStreamOptions(options: DecryptStreamOptions | undefined): StreamSettings {
  const given = ownOptions(options ?? {}, ['signedMessages', 'maxHeldLength', 'signal']);
  const { signedMessages = 'hold', maxHeldLength } = given;
  if (!signedModes.includes(signedMessages))
    throw new ValidationException(`signedMessages must be one of ${signedModes.join(', ')}.`);
  return {
    ...readDecryptOptions(options),
    signedMessages,
    signal: abortSignal(given.signal),
    maxHeldLength: count('maxHeldLength', maxHeldLength, Number.MAX_SAFE_INTEGER, presetHeldLength),
  };
}

async function* openMessage(
  keyring: Keyring,
  settings: StreamSettings,
  intake: Intake,
  tell: (header: MessageHeader) => void,
): AsyncGenerator<Bytes, void> {
  const accepted = await takeHeader(intake, settings);
  const { header, context } = accepted;
  requireHoldable(header, settings);
  const verifier = await verifierOf(accepted);
  const cipher = await openHeader(keyring, header, context);
  try {
    tell({ encryptionContext: context.all, suiteId: header.suite.id });
    verifier?.update(await intake.peek(header.length));
    intake.skip(header.length);
    const body = { cipher, aad: new BodyAad(header.messageId) };
    const opened =
      header.frameLength === undefined
        ? openBlock(body, intake, verifier, settings)
        : openFramed(body, header.frameLength, intake, verifier);
    if (verifier === undefined) {
      yield* opened;
      await requireEnd(intake);
    } else yield* holdBack(opened, settings, () => requireSignature(intake, verifier));
  } finally {
    cipher.close();
  }
}

async function takeHeader(intake: Intake, settings: DecryptSettings): Promise<AcceptedHeader> {
  // So many bytes at a time as are known to be missing; of a header with many parts, more and more.
  for (let size = 1, tries = 0; ; tries++) {
    const start = await intake.peek(size);
    refuseBase64(start);
    const parsed = parseHeader(start, settings.maxEncryptedDataKeys);
    if (!isProblem(parsed) || parsed.problem !== 'incomplete')
      // A copy: what was looked at is good until the next look only.
      return acceptHeader(
        isProblem(parsed) ? parsed : parseHeader(start.slice(), settings.maxEncryptedDataKeys),
        settings,
      );
    if (start.length < size) throw new StreamTruncated();
    size = tries < 32 ? parsed.needed : Math.max(parsed.needed, 2 * size);
    if (size > mostHeaderBytes) throw new MessageRefused('The header of the message is longer than 16 MiB.');
  }
}

function requireHoldable(
  { suite, frameLength }: ParsedHeader,
  { signedMessages, maxHeldLength }: StreamSettings,
): void {
  if (suite.curve !== undefined && signedMessages === 'refuse')
    throw new MessageRefused("The message is signed, and signedMessages is 'refuse'.");
  if (frameLength !== undefined && frameLength > maxHeldLength)
    throw new MessageRefused(
      `The message has frames of ${frameLength} bytes, and maxHeldLength is ${maxHeldLength}: a frame is held until its tag is checked.`,
    );
}

async function verifierOf({ header, publicKey }: AcceptedHeader): Promise<PassingVerifier | undefined> {
  const { curve } = header.suite;
  if (curve === undefined || publicKey === undefined) return undefined;
  const { newPassingVerifier } = await import('../keys/message-signature.ts');
  const verifier = await newPassingVerifier(curve, publicKey);
  if (verifier === undefined) throw new InvalidCiphertextException();
  return verifier;
}

type Opening = Parameters<typeof openFrames>[0];

async function* openFramed(
  body: Opening,
  frameLength: number,
  intake: Intake,
  verifier: PassingVerifier | undefined,
): AsyncGenerator<Bytes, void> {
  const batch = batchFrames(frameLength);
  // Where a batch is one frame, the final one, which is longer, must fit as well.
  const window = (batch - 1) * (frameLength + frameOverhead) + frameLength + finalFrameOverhead;
  for (let first = 1; ; ) {
    const bytes = await intake.peek(window);
    const run = readFrames(bytes, 0, frameLength, first, batch);
    if (run === undefined) throw new InvalidCiphertextException();
    if (run.frames.length > 0) {
      const plaintext = new Uint8Array(run.plaintextLength);
      await openFrames(body, run.frames, plaintext);
      verifier?.update(bytes.subarray(0, run.length));
      intake.skip(run.length);
      first += run.frames.length;
      if (plaintext.length > 0) yield plaintext;
    }
    if (run.isEnd) return;
    if (bytes.length < window && run.frames.length < batch) throw new StreamTruncated();
  }
}

async function* openBlock(
  body: Opening,
  intake: Intake,
  verifier: PassingVerifier | undefined,
  { maxHeldLength }: StreamSettings,
): AsyncGenerator<Bytes, void> {
  const start = await intake.peek(blockStart);
  if (start.length < blockStart) throw new StreamTruncated();
  const reader = new ByteReader(start.slice());
  const iv = reader.take(12);
  const length = reader.uint64();
  if (length > maxHeldLength)
    throw new MessageRefused(
      `The message is unframed, ${length} bytes long, and maxHeldLength is ${maxHeldLength}: it is held until its tag is checked.`,
    );
  const total = blockStart + length + tagLength;
  const bytes = await intake.peek(total);
  if (bytes.length < total) throw new StreamTruncated();
  const plaintext = new Uint8Array(length);
  await openFrames(body, [{ kind: 'block', sequence: 1, iv, sealed: bytes.subarray(blockStart), length }], plaintext);
  verifier?.update(bytes);
  intake.skip(total);
  if (length > 0) yield plaintext;
}

/** Gives a signed plaintext out as far as the settings allow, and the rest when the signature was checked. */
async function* holdBack(
  opened: AsyncGenerator<Bytes, void>,
  { signedMessages, maxHeldLength }: StreamSettings,
  check: () => Promise<void>,
): AsyncGenerator<Bytes, void> {
  const held: Bytes[] = [];
  let heldLength = 0;
  try {
    for await (const piece of opened) {
      // The last piece is never given out early: whoever sees the end has seen a genuine one.
      if (signedMessages === 'release-before-verification') yield* held.splice(0);
      held.push(piece);
      heldLength += piece.length;
      if (signedMessages === 'hold' && heldLength > maxHeldLength)
        throw new MessageRefused(
          `The message is signed and longer than maxHeldLength, which is ${maxHeldLength}. Raise it, or pass signedMessages: 'release-before-verification' where plaintext that later proves wrong can be taken back.`,
        );
    }
    await check();
    yield* held.splice(0);
  } finally {
    for (const piece of held) piece.fill(0);
  }
}

async function requireSignature(intake: Intake, verifier: PassingVerifier): Promise<void> {
  const start = await intake.peek(footerStart);
  if (start.length < footerStart) throw new StreamTruncated();
  const length = footerStart + new ByteReader(start).uint16();
  const footer = await intake.peek(length);
  if (footer.length < length) throw new StreamTruncated();
  const signature = parseFooter(footer.slice());
  intake.skip(length);
  await requireEnd(intake);
  if (signature === undefined || !verifier.verify(signature)) throw new InvalidCiphertextException();
}

/** Nothing may follow a message. */
async function requireEnd(intake: Intake): Promise<void> {
  if ((await intake.peek(1)).length > 0) throw new InvalidCiphertextException();
}
