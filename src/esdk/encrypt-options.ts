// How a message is written.
import type { EncryptionContext } from '../formats/encryption-context.ts';
import { mostFrameLength } from '../formats/esdk/frames.ts';
import type { AlgorithmSuite, SuiteId } from '../formats/esdk/suites.ts';
import { ValidationException } from '../model/errors/index.ts';
import { type CommitmentPolicy, commitmentPolicy, suiteToWrite } from './commitment-policy.ts';
import { contextPairs, count, maxEncryptedDataKeys, ownOptions, reservedPrefix, texts } from './options.ts';

export interface EncryptOptions {
  /** Not secret: authenticated with the message, stored in it, bound to its data keys and shown to the KMS. */
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** Keys of `encryptionContext` that are authenticated and not stored: whoever decrypts must supply their pairs. */
  readonly requiredEncryptionContextKeys?: readonly string[] | undefined;
  /** 0x0578 (signed) unless given, or what the commitment policy has instead. 0x0478 is the same without a signature. */
  readonly suiteId?: SuiteId | undefined;
  /** `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` unless given. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** Plaintext bytes of a frame, 1 to 2^32 - 1; 4096 unless given. Longer ones are faster, shorter ones come out sooner. */
  readonly frameLength?: number | undefined;
  /** No more data keys than this are written. */
  readonly maxEncryptedDataKeys?: number | undefined;
}

export interface EncryptSettings {
  readonly pairs: EncryptionContext;
  readonly required: readonly string[];
  readonly suite: AlgorithmSuite;
  readonly frameLength: number;
  readonly maxEncryptedDataKeys: number;
}

const presetFrameLength = 4096;

/** Names of the options of both directions: an application has one object for them. */
export const messageNames = [
  'encryptionContext',
  'requiredEncryptionContextKeys',
  'suiteId',
  'commitmentPolicy',
  'frameLength',
  'maxEncryptedDataKeys',
] as const;

/** @throws SerializationException, ValidationException */
export const readEncryptOptions = (options: EncryptOptions | undefined): EncryptSettings =>
  encryptSettings(ownOptions(options, messageNames));

/** @throws SerializationException, ValidationException */
export function encryptSettings(given: EncryptOptions): EncryptSettings {
  const pairs = contextPairs(given.encryptionContext);
  if (pairs.some(([key]) => key.startsWith(reservedPrefix)))
    throw new ValidationException(`Keys of encryptionContext must not start with ${reservedPrefix}.`);
  return {
    pairs,
    required: requiredKeys(given.requiredEncryptionContextKeys, pairs),
    suite: suiteToWrite(commitmentPolicy(given.commitmentPolicy), given.suiteId),
    frameLength: count('frameLength', given.frameLength, mostFrameLength, presetFrameLength),
    maxEncryptedDataKeys: maxEncryptedDataKeys(given.maxEncryptedDataKeys),
  };
}

function requiredKeys(given: unknown, pairs: EncryptionContext): readonly string[] {
  const required = texts('requiredEncryptionContextKeys', given);
  if (new Set(required).size < required.length)
    throw new ValidationException('requiredEncryptionContextKeys names a key twice.');
  if (!required.every((key) => pairs.some((pair) => pair[0] === key)))
    throw new ValidationException('requiredEncryptionContextKeys names a key that encryptionContext does not have.');
  return required;
}
