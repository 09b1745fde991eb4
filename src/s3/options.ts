// What callers ask for, read once. The commitment policies have the names and the meaning of the AWS Encryption SDK.
import type { Pairs } from '../formats/s3/metadata-text.ts';
import { ValidationException } from '../model/errors/index.ts';
import { exactly } from '../model/options.ts';
import { flag, oneOf, readRequest, type Shape, textMap } from '../model/shape.ts';
import type { S3Keyring } from './keyring.ts';
import { refuseReserved } from './kms-keyring.ts';

/**
 * Which formats are written and read. Format v3 commits to its key, v2 and v1 do not: `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` writes and
 * reads v3 only, `REQUIRE_ENCRYPT_ALLOW_DECRYPT` writes v3 and reads all, `FORBID_ENCRYPT_ALLOW_DECRYPT` writes v2 and reads all.
 */
export type CommitmentPolicy = (typeof commitmentPolicies)[number];

const commitmentPolicies = [
  'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  'FORBID_ENCRYPT_ALLOW_DECRYPT',
] as const;
const defaultPolicy: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';
const defaultBufferLimit = 64 * 2 ** 20;

interface CommonOptions {
  /** Makes and opens data keys. */
  keyring: S3Keyring;
  /** Default `REQUIRE_ENCRYPT_REQUIRE_DECRYPT`. */
  commitmentPolicy?: CommitmentPolicy | undefined;
  /** What the data key is bound to, with `kmsKeyring` only. It stands in the metadata in clear; readers must give it too. */
  EncryptionContext?: Readonly<Record<string, string>> | undefined;
}

export interface EncryptObjectOptions extends CommonOptions {
  /** Puts the data key into an instruction file instead of the object's metadata. Default false. */
  instructionFile?: boolean | undefined;
}

export interface DecryptObjectOptions extends CommonOptions {
  /** Longest encrypted object, in bytes, that is held back until its tag is checked. Default 64 MiB. */
  bufferLimit?: number | undefined;
  /** Also reads AES-CBC of old clients, which nothing authenticates. Default false. */
  legacyUnauthenticatedContent?: boolean | undefined;
}

/** Options after reading. */
export interface WritingTerms {
  readonly keyring: S3Keyring;
  readonly context: Pairs;
  readonly isCommitting: boolean;
  readonly hasInstructionFile: boolean;
}

export interface ReadingTerms {
  readonly keyring: S3Keyring;
  readonly context: Pairs;
  readonly mustCommit: boolean;
  readonly bufferLimit: number;
  readonly allowsCbc: boolean;
}

const keyringShape: Shape<S3Keyring> = (value, place) => {
  const { makeDataKey, openDataKey } = value as Partial<S3Keyring>;
  if (typeof makeDataKey !== 'function' || typeof openDataKey !== 'function')
    throw new ValidationException(`${place.argument} must be made by kmsKeyring, aesKeyring or rsaKeyring.`);
  return value as S3Keyring;
};
const limitShape: Shape<number> = (value, place) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 16)
    throw new ValidationException(`${place.argument} must be a whole number of bytes, at least 16.`);
  return value;
};
const contextShape: Shape<Pairs> = (value, place, violations) => {
  const pairs = textMap(value, place, violations);
  refuseReserved(pairs);
  return pairs;
};
const common = { commitmentPolicy: oneOf(commitmentPolicies), EncryptionContext: contextShape };
/** One shape for both: an application has one object of options, and both refuse what neither knows. */
const optionsShape = exactly(
  { keyring: keyringShape },
  { ...common, instructionFile: flag, bufferLimit: limitShape, legacyUnauthenticatedContent: flag },
);

/** @throws SerializationException, ValidationException */
export function readEncryptOptions(options: EncryptObjectOptions): WritingTerms {
  const read = readRequest(optionsShape, options);
  return {
    keyring: read.keyring,
    context: read.EncryptionContext ?? [],
    isCommitting: (read.commitmentPolicy ?? defaultPolicy) !== 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    hasInstructionFile: read.instructionFile ?? false,
  };
}

/** @throws SerializationException, ValidationException */
export function readDecryptOptions(options: DecryptObjectOptions): ReadingTerms {
  const read = readRequest(optionsShape, options);
  return {
    keyring: read.keyring,
    context: read.EncryptionContext ?? [],
    mustCommit: (read.commitmentPolicy ?? defaultPolicy) === 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
    bufferLimit: read.bufferLimit ?? defaultBufferLimit,
    allowsCbc: read.legacyUnauthenticatedContent ?? false,
  };
}
