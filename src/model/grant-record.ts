// A grant as stored: leave to use one key, given beside its policy.
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
import type { rareNames } from './constraints/rare.ts';
import type { KeySpec, KeyUsage } from './key-spec.ts';

export type GrantOperation = (typeof rareNames.GrantOperation)[number];

/** Quota: grants of one key. */
export const mostGrantsPerKey = 50_000;

type Pairs = readonly (readonly [key: string, value: string])[];

/** What a call must be like for the grant to count. Null where it does not matter. */
export interface GrantConstraints {
  readonly contextEquals: Pairs | null;
  readonly contextSubset: Pairs | null;
  readonly sourceArn: string | null;
}

/** An AWS principal's ARN, or the name of a service of AWS. */
export interface GrantParty {
  readonly principal: string | null;
  readonly service: string | null;
}

/** What was asked for: the part of a grant by which a repeated CreateGrant is known. */
export interface GrantTerms {
  /** Empty where it has none. */
  readonly name: string;
  readonly grantee: GrantParty;
  readonly retiring: GrantParty;
  readonly operations: readonly GrantOperation[];
  readonly constraints: GrantConstraints;
}

export interface GrantRecord extends GrantTerms {
  readonly keyId: string;
  /** 64 hex digits. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Root ARN of the account of who made it. */
  readonly issuingAccount: string;
}

// The lists are in the order in which errors of AWS show them.
const ofAllKeys: readonly GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey'];
const ofSymmetricKeys: readonly GrantOperation[] = [
  'Encrypt',
  'Decrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
];
const byUsage: Readonly<Record<KeyUsage, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ['GetPublicKey', 'Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo'],
  SIGN_VERIFY: ['GetPublicKey', 'Sign', 'Verify'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['GetPublicKey', 'DeriveSharedSecret'],
  ENCAPSULATE_DECAPSULATE: ['GetPublicKey', 'Encapsulate', 'Decapsulate'],
};

/** The operations that a grant of a key may name: those that the key can do. */
export function grantableOperations(kind: {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
}): readonly GrantOperation[] {
  const own = kind.spec === 'SYMMETRIC_DEFAULT' ? ofSymmetricKeys : byUsage[kind.usage];
  return [...ofAllKeys, ...own];
}
