// Decrypts a stream from its beginning to its end. For parts of one, see encrypted-reader.ts.
import { type Bytes, concat } from '../formats/bytes.ts';
import { plaintextLength } from '../formats/cobblestone.ts';
import { fixedLength, parseStreamHeader, streamHeaderLength } from '../formats/stream.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { checkOptions, type Known } from '../model/options.ts';
import { openDataKey, readOpening } from './data-key.ts';
import { type FlowOptions, flowNames, readFlow } from './flow-options.ts';
import { openPieces } from './message.ts';
import { type OutletOption, readOutlet } from './outlet.ts';
import { checkOperation, type DataKeyOpener } from './service.ts';
import { type StreamPair, streamPair } from './stream-pair.ts';
import type { Take } from './take.ts';
import { readPlace, type WorkerOption } from './workers/place.ts';

/** What opens an encrypted stream, read from its beginning or in parts. */
export interface OpenOptions {
  /** The context that the stream was encrypted with. */
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined;
  /** Where given, the data key must be wrapped under this KMS key. */
  readonly KeyId?: string | undefined;
  /** A header that is kept beside the stream and is used in place of its own, such as `rewrapHeader` returns. */
  readonly header?: Uint8Array | undefined;
}

export interface DecryptStreamOptions extends OpenOptions, FlowOptions, WorkerOption, OutletOption {}

/** Their names, for the options that they are a part of. */
export const openNames: Known<OpenOptions> = { EncryptionContext: true, KeyId: true, header: true };

const known: Known<DecryptStreamOptions> = { ...openNames, workers: true, readableType: true, ...flowNames };

/**
 * Decrypts a stream: the encrypted stream into `writable`, the plaintext out of `readable`, each piece after its tag was checked.
 * Only when `readable` has closed is the plaintext complete.
 * @param kms anything with the `decrypt` of the AWS SDK
 * @returns the two ends. They fail with InvalidCiphertextException whatever is wrong with the stream, with StreamTruncated where
 * it ends between two chunks, and with the errors of the KMS as they are, such as DisabledException
 * @throws SerializationException, ValidationException where an option is not valid
 */
export function decryptStream(kms: DataKeyOpener, options: DecryptStreamOptions = {}): StreamPair {
  checkOperation(kms, 'decrypt');
  checkOptions(options, known);
  const { binding, keyId, kept } = readOpening(options);
  const flow = readFlow(options);
  const placeOf = readPlace(options);
  const outlet = readOutlet(options);
  return streamPair(
    async function* (take) {
      const own = await takeHeader(take);
      const parsed = parseStreamHeader(kept ?? own);
      if (parsed === undefined) throw new InvalidCiphertextException();
      const prf = await openDataKey(kms, parsed.wrappedKey, keyId, binding);
      const total = flow.length === undefined ? undefined : plaintextLength(flow.length - own.length);
      const report = (bytes: number) => flow.report(bytes, total);
      yield* openPieces(prf, binding.context, take, await placeOf(), report, outlet === 'bytes');
    },
    { signal: flow.signal, keys: kms, outlet },
  );
}

async function takeHeader(take: Take): Promise<Bytes> {
  const start = await take(fixedLength);
  const length = streamHeaderLength(start);
  if (length === undefined) throw new InvalidCiphertextException();
  return concat(start, await take(length - fixedLength));
}
