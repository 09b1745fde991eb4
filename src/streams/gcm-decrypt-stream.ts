// Decrypts one standard AES-GCM message of up to 64 GiB. Its tag is the last thing to come, so there are two manners: hold back
// everything until the tag is checked, or release what nobody has vouched for yet, which has to be asked for by its name.
//
// What is held back is the ciphertext, which is decrypted once the tag has fitted: no plaintext is ever written to scratch space.

import type { OneTagMessage } from '../cipher/one-tag/message.ts';
import { beginOneTagMessage, type OneTagInput, readOneTagOptions } from '../cipher/one-tag/open.ts';
import type { Bytes } from '../formats/bytes.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { checkOptions } from '../model/options.ts';
import { openScratch } from '../store/scratch.ts';
import { type Flow, readFlow } from './flow-options.ts';
import { depth, type GcmDecryptOptions, gcmNames, pieceBytes, readLocking, tagBytes } from './gcm-options.ts';
import { lengthOf, pipelined } from './pipeline.ts';
import type { Locking } from './service.ts';
import { type StreamPair, streamPair } from './stream-pair.ts';
import type { Take } from './take.ts';

/**
 * Decrypts a stream that is one AES-GCM message: ciphertext and tag into `writable`; the plaintext out of `readable`, **all of it after the
 * tag was checked**. Until then the ciphertext waits: up to 32 MiB in memory, more in the origin private file system or,
 * where there is none for pages (Node, Deno, workers of some browsers), in a temporary Blob.
 * @returns the two ends. They fail with InvalidCiphertextException whatever is wrong with key, IV, additional data or message
 * @throws InvalidArgument, SerializationException where an option is not valid
 */
export function gcmDecryptStream(options: GcmDecryptOptions): StreamPair {
  const { input, flow, kms } = read(options);
  return streamPair(
    async function* (take) {
      const message = await begin(input);
      const scratch = openScratch();
      try {
        const length = await holdUntilChecked(message, take, scratch.write, flow);
        await scratch.finish();
        let offset = 0;
        let done = 0;
        const opened = pipelined(depth, async () => {
          if (offset >= length) return undefined;
          const piece = await scratch.read(offset, Math.min(pieceBytes, length - offset));
          offset += piece.length;
          return { work: message.crypt(piece).then((part) => [part]) };
        });
        for await (const parts of opened) {
          done += lengthOf(parts);
          flow.report(done, length, length);
          yield parts;
        }
      } finally {
        message.close();
        await scratch.dispose();
      }
    },
    { signal: flow.signal, keys: kms, forget: input.wipe },
  );
}

/**
 * The same without holding anything back: **plaintext comes out before the tag is checked, so an attacker may have chosen every byte of
 * it.** Only where the end of `readable` without an error is waited for before anything is done that cannot be undone: into a file
 * that is deleted on an error, never into a parser, a page or a network.
 * @returns the two ends. They fail with InvalidCiphertextException at the end, when everything was released
 */
export function gcmDecryptStreamUnverified(options: GcmDecryptOptions): StreamPair {
  const { input, flow, kms } = read(options);
  const total = totalOf(flow);
  return streamPair(
    async function* (take) {
      const message = await begin(input);
      let done = 0;
      try {
        const pieces = piecesBeforeTag(take);
        let tag: Bytes | undefined;
        const opened = pipelined(depth, async () => {
          const { piece, end } = await pieces();
          if (end !== undefined) tag = end;
          return piece === undefined ? undefined : { work: message.open(piece).then((part) => [part]) };
        });
        for await (const parts of opened) {
          done += lengthOf(parts);
          flow.report(done, total);
          yield parts;
        }
        await check(message, tag);
      } finally {
        message.close();
      }
    },
    { signal: flow.signal, keys: kms, forget: input.wipe },
  );
}

function read(options: GcmDecryptOptions): { input: OneTagInput; flow: Flow; kms: Locking | undefined } {
  checkOptions(options, gcmNames);
  return { input: readOneTagOptions(options), flow: readFlow(options), kms: readLocking(options) };
}

const totalOf = ({ length }: Flow): number | undefined =>
  length === undefined ? undefined : Math.max(0, length - tagBytes);

const begin = (input: OneTagInput): Promise<OneTagMessage> => beginOneTagMessage(input).finally(input.wipe);

/** Goes over the whole message once. @returns the length of its plaintext, when the tag has fitted */
async function holdUntilChecked(
  message: OneTagMessage,
  take: Take,
  hold: (piece: Bytes) => Promise<void>,
  flow: Flow,
): Promise<number> {
  const total = totalOf(flow);
  const pieces = piecesBeforeTag(take);
  let length = 0;
  for (;;) {
    const { piece, end } = await pieces();
    if (piece !== undefined) {
      length += piece.length;
      // A copy: the piece's place is where the next one comes.
      await Promise.all([message.hash(piece), hold(piece.slice())]);
      flow.report(0, total, length);
    }
    if (end === undefined) continue;
    await check(message, end);
    return length;
  }
}

async function check(message: OneTagMessage, tag: Bytes | undefined): Promise<void> {
  try {
    await message.check(tag ?? new Uint8Array(0));
  } catch {
    throw new InvalidCiphertextException();
  }
}

/**
 * Cuts a message into pieces and, at its end, the tag: what may be the tag is held back until more has come. A piece is to be read
 * before the next one is asked for, because they share their place.
 */
function piecesBeforeTag(take: Take): () => Promise<{ piece?: Bytes; end?: Bytes }> {
  const buffer = new Uint8Array(pieceBytes + tagBytes);
  let held: Bytes = buffer.subarray(0, 0);
  let isEnd = false;
  return async () => {
    if (isEnd) return {};
    buffer.set(held);
    const came = await take(buffer.length - held.length, buffer.subarray(held.length));
    const length = held.length + came.length;
    isEnd = length < buffer.length;
    if (length < tagBytes) throw new InvalidCiphertextException();
    const piece = buffer.subarray(0, length - tagBytes);
    held = buffer.subarray(length - tagBytes, length);
    return { ...(piece.length > 0 ? { piece } : {}), ...(isEnd ? { end: held.slice() } : {}) };
  };
}
