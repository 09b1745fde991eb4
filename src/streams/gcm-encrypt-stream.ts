// Encrypts up to 64 GiB as one standard AES-GCM message, in O(1) memory, at the speed of the platform.
import { beginOneTagMessage, readOneTagOptions } from '../cipher/one-tag/open.ts';
import type { Bytes } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import { checkOptions } from '../model/options.ts';
import { readFlow } from './flow-options.ts';
import { depth, type GcmEncryptOptions, gcmNames, pieceBytes, readLocking } from './gcm-options.ts';
import { lengthOf, pipelined } from './pipeline.ts';
import { type StreamPair, streamPair } from './stream-pair.ts';

export interface GcmEncryptStream extends StreamPair {
  /** The 12 bytes that decryption needs. Not secret. */
  readonly iv: Bytes;
}

/**
 * Encrypts a stream as one AES-GCM message (NIST SP 800-38D): plaintext into `writable`; ciphertext and, at the end, the tag of 16
 * bytes out of `readable`. What WebCrypto, node:crypto and every other AES-GCM open in one call.
 * @throws InvalidArgument, SerializationException where an option is not valid; more than 2^36 - 32 bytes fail the stream
 */
export function gcmEncryptStream(options: GcmEncryptOptions): GcmEncryptStream {
  checkOptions<GcmEncryptOptions>(options, gcmNames);
  const iv = (Object.hasOwn(options, 'iv') ? options.iv : undefined) ?? randomBytes(12);
  const input = readOneTagOptions({ ...options, iv });
  const flow = readFlow(options);
  const kms = readLocking(options);
  const pair = streamPair(
    async function* (take) {
      const message = await beginOneTagMessage(input).finally(input.wipe);
      const scratch = new Uint8Array(pieceBytes);
      let isEnd = false;
      let done = 0;
      try {
        const sealed = pipelined(depth, async () => {
          if (isEnd) return undefined;
          const piece = await take(pieceBytes, scratch);
          isEnd = piece.length < pieceBytes;
          return { work: message.seal(piece).then((part) => [part]) };
        });
        for await (const parts of sealed) {
          done += lengthOf(parts);
          flow.report(done, flow.length);
          yield parts.filter(({ length }) => length > 0);
        }
        yield [await message.tag()];
      } finally {
        scratch.fill(0);
        message.close();
      }
    },
    { signal: flow.signal, keys: kms, forget: input.wipe },
  );
  return { ...pair, iv: new Uint8Array(input.iv) };
}
