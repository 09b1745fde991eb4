// Key specs, usages and origins of the service model, and which of them go together. All checks come in AWS's order; SM2, which
// AWS has in its regions in China only, is refused last.
import { UnsupportedOperationException, ValidationException } from './errors/index.ts';
import { oneOf, type Shape } from './shape.ts';

const specs = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
] as const;
const dataKeyPairSpecs = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SM2',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
] as const;
const usages = [
  'SIGN_VERIFY',
  'ENCRYPT_DECRYPT',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
] as const;
const origins = ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const;

export type KeySpec = (typeof specs)[number];
/** The specs that the old member `CustomerMasterKeySpec` knows. */
export type CustomerMasterKeySpec = Exclude<KeySpec, 'ECC_NIST_EDWARDS25519' | `ML_${string}`>;
/** The specs that keyhaven makes. */
export type MadeSpec = Exclude<KeySpec, 'SM2'>;
export type MacSpec = Extract<KeySpec, `HMAC_${string}`>;
/** The specs of key pairs. */
export type PairSpec = Exclude<MadeSpec, 'SYMMETRIC_DEFAULT' | MacSpec>;
/** The specs of data key pairs. */
export type DataKeyPairSpec = (typeof dataKeyPairSpecs)[number];
export type KeyUsage = (typeof usages)[number];
export type KeyOrigin = (typeof origins)[number];

export const keySpecMember: Shape<KeySpec> = oneOf(specs);
export const customerMasterKeySpecMember: Shape<CustomerMasterKeySpec> = oneOf(
  specs.filter((spec): spec is CustomerMasterKeySpec => spec !== 'ECC_NIST_EDWARDS25519' && !spec.startsWith('ML_')),
);
export const dataKeyPairSpecMember: Shape<DataKeyPairSpec> = oneOf(dataKeyPairSpecs);
export const keyUsageMember: Shape<KeyUsage> = oneOf(usages);
export const keyOriginMember: Shape<KeyOrigin> = oneOf(origins);

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

/** What a key is: the part of it that never changes. */
export interface KeyKind {
  readonly spec: MadeSpec;
  readonly usage: KeyUsage;
  readonly origin: 'AWS_KMS' | 'EXTERNAL';
}

/**
 * Chooses spec, usage and origin with AWS's defaults.
 * @throws ValidationException where they do not go together
 * @throws UnsupportedOperationException where keyhaven does not make such keys
 */
export function chooseKind(request: RequestedKind): KeyKind {
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
  const origin = request.Origin ?? 'AWS_KMS';
  if (spec === 'SM2') throw new UnsupportedOperationException('KeySpec SM2 is not supported outside regions in China.');
  if (origin !== 'AWS_KMS' && origin !== 'EXTERNAL')
    throw new UnsupportedOperationException(`Origin ${origin} is not supported; AWS_KMS and EXTERNAL are.`);
  if (origin === 'EXTERNAL' && spec.startsWith('ML_'))
    throw new UnsupportedOperationException(`KeySpec ${spec} is not supported with origin EXTERNAL.`);
  return { spec, usage, origin };
}
