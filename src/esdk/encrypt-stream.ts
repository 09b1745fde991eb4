// Encrypts bytes of any length, a batch of frames at a time.
import { type Bytes, concat } from '../formats/bytes.ts';
import { encodeFooter } from '../formats/esdk/footer.ts';
import { BodyAad, frameCount, framesLength, layFrames, mostFrames } from '../formats/esdk/frames.ts';
import { messageIdLength } from '../formats/esdk/suites.ts';
import { randomBytes } from '../keys/random.ts';
import { ValidationException } from '../model/errors/index.ts';
import { type StreamPair, streamPair } from '../streams/stream-pair.ts';
import { batchFrames, sealFrames } from './body.ts';
import { contextToWrite } from './context.ts';
import { type EncryptOptions, encryptSettings, messageNames } from './encrypt-options.ts';
import { Intake } from './intake.ts';
import type { Keyring } from './keyring.ts';
import { writeHeader } from './message-header.ts';
import { abortSignal, ownOptions, requireKeyring } from './options.ts';

export interface EncryptStreamOptions extends EncryptOptions {
  /** Ends the work: both ends fail with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Encrypts a stream: plaintext into `writable`, in pieces of any length; a message of the AWS Encryption SDK out of `readable`.
 * A frame and some more are in memory at a time. A frame comes out once it is full and a byte more has come, which tells that it is
 * not the last one.
 * @param keyring asked when the first byte is wanted
 * @returns the two ends, for `source.pipeThrough(...)`. Errors of the keyring appear at both
 * @throws SerializationException, ValidationException where an option is not valid
 */
export function encryptStream(keyring: Keyring, options?: EncryptStreamOptions): StreamPair {
  requireKeyring(keyring);
  const given = ownOptions(options, [...messageNames, 'signal']);
  const signal = abortSignal(given.signal);
  const { pairs, required, suite, frameLength, maxEncryptedDataKeys } = encryptSettings(given);
  // Whatever is wrong with it is said now.
  const unsigned = contextToWrite(pairs, required, undefined);
  return streamPair(
    async function* (take) {
      const signer =
        suite.curve && (await (await import('../keys/message-signature.ts')).newPassingSigner(suite.curve));
      const context = signer === undefined ? unsigned : contextToWrite(pairs, required, signer.publicKey);
      const messageId = randomBytes(messageIdLength(suite));
      const plan = { suite, messageId, context, frameLength, maxEncryptedDataKeys };
      const { header, cipher } = await writeHeader(keyring, plan);
      const body = { cipher, aad: new BodyAad(messageId) };
      const intake = new Intake(take);
      try {
        signer?.update(header);
        // The first frames come with the header: it is of no use alone.
        let before: Bytes = header;
        const batch = batchFrames(frameLength);
        for (let first = 1, isEnd = false; !isEnd; ) {
          // One byte more tells whether this is the end: the final frame is full where the plaintext fills it.
          const ahead = await intake.peek(batch * frameLength + 1, frameLength + 1);
          isEnd = intake.isAtEnd && ahead.length <= batch * frameLength;
          const count = isEnd ? frameCount(ahead.length, frameLength) : Math.floor((ahead.length - 1) / frameLength);
          const plaintext = ahead.subarray(0, count * frameLength);
          if (first + count - 1 > mostFrames)
            throw new ValidationException('The plaintext has more than 2^32 - 1 frames: choose a longer frameLength.');
          const sealed = new Uint8Array(framesLength(plaintext.length, frameLength, isEnd));
          layFrames(plaintext, frameLength, first, isEnd, sealed);
          plaintext.fill(0);
          intake.skip(plaintext.length);
          await sealFrames(body, sealed, 0, frameLength, first, batch);
          first += count;
          signer?.update(sealed);
          yield before.length > 0 ? concat(before, sealed) : sealed;
          before = before.subarray(before.length);
        }
        if (signer !== undefined) yield encodeFooter(signer.sign());
      } finally {
        cipher.close();
        intake.wipe();
      }
    },
    { signal, keys: keyring },
  );
}
