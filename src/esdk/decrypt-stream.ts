// Decrypts a message that passes by: its header here, its body piece by piece (passing-body.ts), and what waits for its signature
// (passing-signature.ts).

import type { Bytes } from '../formats/bytes.ts';
import { BodyAad } from '../formats/esdk/frames.ts';
import { isProblem, type ParsedHeader, parseHeader } from '../formats/esdk/header.ts';
import { MessageRefused, StreamTruncated, ValidationException } from '../model/errors/index.ts';
import { type StreamPair, streamPair } from '../streams/stream-pair.ts';
import {
  type AcceptedHeader,
  acceptHeader,
  type DecryptOptions,
  type DecryptSettings,
  decryptSettings,
  type MessageHeader,
  refuseBase64,
} from './decrypt-options.ts';
import { type EncryptOptions, messageNames } from './encrypt-options.ts';
import { Intake } from './intake.ts';
import type { Keyring } from './keyring.ts';
import { openHeader } from './message-header.ts';
import { abortSignal, count, ownOptions, requireKeyring } from './options.ts';
import { openBlock, openFramed } from './passing-body.ts';
import { type HoldSettings, holdBack, requireSignature, type SignedMessages, verifierOf } from './passing-signature.ts';

export interface DecryptStreamOptions extends DecryptOptions {
  /** `hold` unless given. */
  readonly signedMessages?: SignedMessages | undefined;
  /** Bytes that may have to be in memory at once: of a frame, of an unframed message, of a signed one. 64 MiB unless given. */
  readonly maxHeldLength?: number | undefined;
  /** Ends the work: both ends fail with its reason. */
  readonly signal?: AbortSignal | undefined;
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

interface StreamSettings extends DecryptSettings, HoldSettings {
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
  const given = ownOptions(options as (EncryptOptions & DecryptStreamOptions) | undefined, [
    ...messageNames,
    ...(['signedMessages', 'maxHeldLength', 'signal'] as const),
  ]);
  const { signedMessages = 'hold', maxHeldLength } = given;
  if (!signedModes.includes(signedMessages))
    throw new ValidationException(`signedMessages must be one of ${signedModes.join(', ')}.`);
  return {
    ...decryptSettings(given),
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
      await intake.requireEnd();
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
