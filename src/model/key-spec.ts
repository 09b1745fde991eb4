// Key specs, usages and origins of the service model, and which of them go together. All checks come in AWS's order; SM2, which
// AWS has in its regions in China only, is refused last.
import { rareNames } from './constraints/rare.ts';
import { UnsupportedOperationException, ValidationException } from './errors/index.ts';
import { oneOf, type Shape } from './shape.ts';

export type KeySpec = (typeof rareNames.KeySpec)[number];
/** The specs that the old member `CustomerMasterKeySpec` knows. */
export type CustomerMasterKeySpec = (typeof rareNames.CustomerMasterKeySpec)[number];
/** The specs that keyhaven makes. */
export type MadeSpec = Exclude<KeySpec, 'SM2'>;
export type MacSpec = Extract<KeySpec, `HMAC_${string}`>;
/** The specs of key pairs. */
export type PairSpec = Exclude<MadeSpec, 'SYMMETRIC_DEFAULT' | MacSpec>;
/** The specs of data key pairs. */
export type DataKeyPairSpec = (typeof rareNames.DataKeyPairSpec)[number];
export type KeyUsage = (typeof rareNames.KeyUsageType)[number];
export type KeyOrigin = (typeof rareNames.OriginType)[number];

export const keySpecMember: Shape<KeySpec> = oneOf(rareNames.KeySpec);
export const customerMasterKeySpecMember: Shape<CustomerMasterKeySpec> = oneOf(rareNames.CustomerMasterKeySpec);
export const dataKeyPairSpecMember: Shape<DataKeyPairSpec> = oneOf(rareNames.DataKeyPairSpec);
export const keyUsageMember: Shape<KeyUsage> = oneOf(rareNames.KeyUsageType);
export const keyOriginMember: Shape<KeyOrigin> = oneOf(rareNames.OriginType);

export const isMacSpec = (spec: KeySpec): spec is MacSpec => spec.startsWith('HMAC_');
export const isPairSpec = (spec: KeySpec): spec is PairSpec =>
  spec !== 'SYMMETRIC_DEFAULT' && spec !== 'SM2' && !isMacSpec(spec);

const compatible: readonly { readonly prefix: string; readonly usages: readonly KeyUsage[] }[] = [
  { prefix: 'SYMMETRIC_DEFAULT', usages: ['ENCRYPT_DECRYPT'] },
  { prefix: 'RSA_', usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'] },
  { prefix: 'ECC_NIST_P', usages: ['SIGN_VERIFY', 'KEY_AGREEMENT'] },
  { prefix: 'ECC_', usages: ['SIGN_VERIFY'] },
  { prefix: 'HMAC_', usages: ['GENERATE_VERIFY_MAC'] },
  { prefix: 'ML_DSA_', usages: ['SIGN_VERIFY'] },
  { prefix: 'ML_KEM_', usages: ['ENCAPSULATE_DECAPSULATE'] },
  { prefix: 'SM2', usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'] },
];

/** What CreateKey was asked to make. */
export interface RequestedKind {
  readonly KeySpec: KeySpec | undefined;
  readonly CustomerMasterKeySpec: CustomerMasterKeySpec | undefined;
  readonly KeyUsage: KeyUsage | undefined;
  readonly Origin: KeyOrigin | undefined;
}

/** What goes together, whether it is made here or not. */
export interface ChosenKind {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly origin: KeyOrigin;
}

/** What a key is: the part of it that never changes. */
export interface KeyKind {
  readonly spec: MadeSpec;
  readonly usage: KeyUsage;
  readonly origin: 'AWS_KMS' | 'EXTERNAL';
}

/**
 * Chooses spec, usage and origin with AWS's defaults.
 * @throws ValidationException where they do not go together
 */
export function chooseKind(request: RequestedKind): ChosenKind {
  if (request.KeySpec !== undefined && request.CustomerMasterKeySpec !== undefined) {
    throw new ValidationException(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  }
  const spec = request.KeySpec ?? request.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const usage = request.KeyUsage ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined);
  if (usage === undefined) {
    throw new ValidationException(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    );
  }
  const rule = compatible.find(({ prefix }) => spec.startsWith(prefix));
  if (!rule?.usages.includes(usage)) {
    throw new ValidationException(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
  return { spec, usage, origin: request.Origin ?? 'AWS_KMS' };
}

/** @throws UnsupportedOperationException where keyhaven does not make such keys */
export function requireMade({ spec, usage, origin }: ChosenKind): KeyKind {
  if (spec === 'SM2') throw new UnsupportedOperationException('KeySpec SM2 is not supported outside regions in China.');
  if (origin !== 'AWS_KMS' && origin !== 'EXTERNAL')
    throw new UnsupportedOperationException(`Origin ${origin} is not supported; AWS_KMS and EXTERNAL are.`);
  if (origin === 'EXTERNAL' && spec.startsWith('ML_'))
    throw new ValidationException(`KeySpec ${spec} is not supported for Origin EXTERNAL`);
  return { spec, usage, origin };
}
