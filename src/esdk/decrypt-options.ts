// How a message is read, and what its header is held against before a keyring is asked.
import { type EncryptionContext, encodeEncryptionContext } from '../formats/encryption-context.ts';
import { type HeaderProblem, isProblem, mostContextBytes, type ParsedHeader } from '../formats/esdk/header.ts';
import type { SuiteId } from '../formats/esdk/suites.ts';
import { InvalidCiphertextException, MessageRefused, ValidationException } from '../model/errors/index.ts';
import { type CommitmentPolicy, commitmentPolicy, requireReadable } from './commitment-policy.ts';
import { contextToRead, type MessageContext, storedPublicKey } from './context.ts';
import { type EncryptOptions, messageNames } from './encrypt-options.ts';
import { contextPairs, maxEncryptedDataKeys, ownOptions } from './options.ts';

export interface DecryptOptions {
  /**
   * What the message must be bound to. A pair that it stores must be equal; one that it does not store must have been
   * authenticated all the same (`requiredEncryptionContextKeys`). Pairs that it stores beyond these are in the result.
   */
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` unless given: old messages without key commitment are refused. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** A message with more data keys than this is refused, before any is tried. */
  readonly maxEncryptedDataKeys?: number | undefined;
}

/** What is authentic of a message besides its plaintext. */
export interface MessageHeader {
  /** All of the context: what was stored (of signed messages also `aws-crypto-public-key`), and what was supplied. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly suiteId: SuiteId;
}

export interface DecryptSettings {
  readonly pairs: EncryptionContext;
  readonly policy: CommitmentPolicy;
  readonly maxEncryptedDataKeys: number;
}

/** @throws SerializationException, ValidationException */
export const readDecryptOptions = (options: DecryptOptions | undefined): DecryptSettings =>
  decryptSettings(ownOptions(options as EncryptOptions | undefined, messageNames));

/** @throws SerializationException, ValidationException */
export function decryptSettings(given: DecryptOptions): DecryptSettings {
  const pairs = contextPairs(given.encryptionContext);
  // What no message can be bound to is the caller's mistake, and said at once.
  encodeEncryptionContext(pairs, mostContextBytes);
  return {
    pairs,
    policy: commitmentPolicy(given.commitmentPolicy),
    maxEncryptedDataKeys: maxEncryptedDataKeys(given.maxEncryptedDataKeys),
  };
}

/** A header that may be opened. */
export interface AcceptedHeader {
  readonly header: ParsedHeader;
  readonly context: MessageContext;
  /** The key of the signature, where the suite has one. */
  readonly publicKey: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Holds a header against the settings and against its own suite.
 * @throws MessageRefused, InvalidCiphertextException
 */
export function acceptHeader(
  parsed: ParsedHeader | HeaderProblem,
  { pairs, policy, maxEncryptedDataKeys: most }: DecryptSettings,
): AcceptedHeader {
  if (isProblem(parsed)) {
    if (parsed.problem === 'too many data keys')
      throw new MessageRefused(`The message has more encrypted data keys than maxEncryptedDataKeys, which is ${most}.`);
    throw new InvalidCiphertextException();
  }
  requireReadable(policy, parsed.suite);
  const publicKey = storedPublicKey(parsed.encryptionContext);
  if ((publicKey === undefined) !== (parsed.suite.curve === undefined)) throw new InvalidCiphertextException();
  return { header: parsed, context: contextToRead(parsed.encryptionContext, pairs), publicKey };
}

/** `AYAA...` and `AgR4...`: what base64 makes of the first bytes of a message. @throws ValidationException */
export function refuseBase64(start: Uint8Array): void {
  const [first, second] = start;
  if (first === 0x41 && (second === 0x59 || second === 0x67))
    throw new ValidationException('The message looks like base64 text: decode it to bytes first.');
}
