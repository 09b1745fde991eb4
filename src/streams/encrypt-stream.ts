// Encrypts bytes of any length: a fresh data key of the KMS, then one Cobblestone-256 message under it.
import { concat } from '../formats/bytes.ts';
import { saltLength } from '../formats/cobblestone.ts';
import { randomBytes } from '../keys/random.ts';
import { checkOptions, type Known } from '../model/options.ts';
import { makeDataKey, readBinding, readKeyId } from './data-key.ts';
import { type FlowOptions, flowNames, readFlow } from './flow-options.ts';
import { sealPieces } from './message.ts';
import { type OutletOption, readOutlet } from './outlet.ts';
import { checkOperation, type DataKeyMaker } from './service.ts';
import { type StreamPair, streamPair } from './stream-pair.ts';
import { readPlace, type WorkerOption } from './workers/place.ts';

export interface EncryptStreamOptions extends FlowOptions, WorkerOption, OutletOption {
  /** The KMS key: id, ARN, alias name or alias ARN. */
  readonly KeyId: string;
  /** What the stream is bound to; the same is needed to decrypt it. It is not stored. */
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined;
}

const known: Known<EncryptStreamOptions> = {
  KeyId: true,
  EncryptionContext: true,
  workers: true,
  readableType: true,
  ...flowNames,
};

/**
 * Encrypts a stream: plaintext into `writable`, in pieces of any length; the encrypted stream out of `readable`. It is the
 * wrapped data key and 76 bytes longer than the plaintext, and 16 bytes more for each further 16 KiB.
 * @param kms anything with the `generateDataKey` of the AWS SDK; it is asked when the first byte is wanted
 * @returns the two ends, for `source.pipeThrough(...)`. Errors of the KMS appear at both
 * @throws SerializationException, ValidationException where an option is not valid
 */
export function encryptStream(kms: DataKeyMaker, options: EncryptStreamOptions): StreamPair {
  checkOperation(kms, 'generateDataKey');
  checkOptions(options, known);
  const keyId = readKeyId(options);
  const binding = readBinding(options);
  const flow = readFlow(options);
  const placeOf = readPlace(options);
  const outlet = readOutlet(options);
  return streamPair(
    async function* (take) {
      const { header, prf } = await makeDataKey(kms, keyId, binding);
      const report = (bytes: number) => flow.report(bytes, flow.length);
      const salt = randomBytes(saltLength);
      const sealed = sealPieces(prf, salt, binding.context, take, await placeOf(), report, outlet === 'bytes');
      const prefix = await sealed.next();
      yield concat(header, prefix.value ?? new Uint8Array(0));
      yield* sealed;
    },
    { signal: flow.signal, keys: kms, outlet },
  );
}
