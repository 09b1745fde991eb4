// Whether messages must commit to their key. A message that does not can be made to decrypt to two plaintexts under two keys.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/concepts.html#key-commitment
import { type AlgorithmSuite, isCommitting, type SuiteId, suiteIds, suiteOf } from '../formats/esdk/suites.ts';
import { MessageRefused, ValidationException } from '../model/errors/index.ts';

export type CommitmentPolicy =
  | 'FORBID_ENCRYPT_ALLOW_DECRYPT'
  | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'
  | 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';

interface Rule {
  /** The suite of a message where none is asked for. */
  readonly preset: SuiteId;
  readonly isCommitmentWritten: boolean;
  readonly isCommitmentRequired: boolean;
}

const rules: { readonly [policy in CommitmentPolicy]: Rule } = {
  FORBID_ENCRYPT_ALLOW_DECRYPT: { preset: 0x0378, isCommitmentWritten: false, isCommitmentRequired: false },
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: { preset: 0x0578, isCommitmentWritten: true, isCommitmentRequired: false },
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: { preset: 0x0578, isCommitmentWritten: true, isCommitmentRequired: true },
};
const strictest = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';

/** @throws ValidationException where there is no such policy */
export function commitmentPolicy(given: unknown): CommitmentPolicy {
  if (given === undefined) return strictest;
  if (typeof given !== 'string' || !Object.hasOwn(rules, given))
    throw new ValidationException(`commitmentPolicy must be one of ${Object.keys(rules).join(', ')}.`);
  return given as CommitmentPolicy;
}

const hex = (id: number): string => `0x${id.toString(16).padStart(4, '0')}`;

/** The suite that a message is written with. @throws ValidationException where the policy does not allow it */
export function suiteToWrite(policy: CommitmentPolicy, given: unknown): AlgorithmSuite {
  const { preset, isCommitmentWritten } = rules[policy];
  const suite = suiteOf(given === undefined ? preset : given);
  if (suite === undefined) throw new ValidationException(`suiteId must be one of ${suiteIds.map(hex).join(', ')}.`);
  if (isCommitting(suite) !== isCommitmentWritten)
    throw new ValidationException(
      `The suite ${hex(suite.id)} ${isCommitmentWritten ? 'does not commit' : 'commits'} to its key, and the commitment policy ${policy} ${isCommitmentWritten ? 'requires' : 'forbids'} that.`,
    );
  return suite;
}

/** @throws MessageRefused where the policy does not allow reading a message of this suite */
export function requireReadable(policy: CommitmentPolicy, suite: AlgorithmSuite): void {
  if (rules[policy].isCommitmentRequired && !isCommitting(suite))
    throw new MessageRefused(
      `The message has the suite ${hex(suite.id)}, which does not commit to its key, and the commitment policy is ${policy}. To read old messages, pass commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'.`,
    );
}
