// Which algorithms a key has, by spec and usage, and how long their inputs may be.
// https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
import { rareNames } from './constraints/rare.ts';
import { type EncryptionAlgorithm, incompatible } from './encryption-algorithm.ts';
import { ValidationException } from './errors/index.ts';
import type { KeyKind } from './key-spec.ts';
import { oneOf, type Shape } from './shape.ts';

export type SigningAlgorithm = (typeof rareNames.SigningAlgorithmSpec)[number];
export type MacAlgorithm = (typeof rareNames.MacAlgorithmSpec)[number];
export type KeyAgreementAlgorithm = 'ECDH';
export type EncapsulationAlgorithm = 'ML_KEM';
export type MessageType = (typeof rareNames.MessageType)[number];

export const signingAlgorithmMember: Shape<SigningAlgorithm> = oneOf(rareNames.SigningAlgorithmSpec);
export const macAlgorithmMember: Shape<MacAlgorithm> = oneOf(rareNames.MacAlgorithmSpec);
export const keyAgreementAlgorithmMember: Shape<KeyAgreementAlgorithm> = oneOf(rareNames.KeyAgreementAlgorithmSpec);
export const encapsulationAlgorithmMember: Shape<EncapsulationAlgorithm> = oneOf(rareNames.EncapsulationAlgorithmSpec);
export const messageTypeMember: Shape<MessageType> = oneOf(rareNames.MessageType);

/** The one list that the metadata of a key has, under its name. */
export interface AlgorithmLists {
  EncryptionAlgorithms?: EncryptionAlgorithm[];
  SigningAlgorithms?: SigningAlgorithm[];
  MacAlgorithms?: MacAlgorithm[];
  KeyAgreementAlgorithms?: KeyAgreementAlgorithm[];
  EncapsulationAlgorithms?: EncapsulationAlgorithm[];
}

export function algorithmLists({ spec, usage }: Pick<KeyKind, 'spec' | 'usage'>): AlgorithmLists {
  switch (usage) {
    case 'ENCRYPT_DECRYPT':
      return {
        EncryptionAlgorithms:
          spec === 'SYMMETRIC_DEFAULT' ? ['SYMMETRIC_DEFAULT'] : ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
      };
    case 'SIGN_VERIFY':
      return { SigningAlgorithms: signingAlgorithms(spec) };
    case 'GENERATE_VERIFY_MAC':
      return { MacAlgorithms: [`HMAC_SHA_${spec.slice('HMAC_'.length)}` as MacAlgorithm] };
    case 'KEY_AGREEMENT':
      return { KeyAgreementAlgorithms: ['ECDH'] };
    case 'ENCAPSULATE_DECAPSULATE':
      return { EncapsulationAlgorithms: ['ML_KEM'] };
  }
}

function signingAlgorithms(spec: KeyKind['spec']): SigningAlgorithm[] {
  // AWS lists those of a key by the alphabet.
  if (spec.startsWith('RSA_'))
    return rareNames.SigningAlgorithmSpec.filter((name) => name.startsWith('RSASSA_')).sort();
  if (spec.startsWith('ML_DSA_')) return ['ML_DSA_SHAKE_256'];
  switch (spec) {
    case 'ECC_NIST_EDWARDS25519':
      return ['ED25519_PH_SHA_512', 'ED25519_SHA_512'];
    case 'ECC_NIST_P384':
      return ['ECDSA_SHA_384'];
    case 'ECC_NIST_P521':
      return ['ECDSA_SHA_512'];
    default:
      return ['ECDSA_SHA_256'];
  }
}

/** @throws InvalidKeyUsageException where a key of this kind does not have the algorithm */
export function requireAlgorithm(kind: Pick<KeyKind, 'spec' | 'usage'>, algorithm: string): void {
  const names: readonly string[] = Object.values(algorithmLists(kind)).flat();
  if (!names.includes(algorithm)) throw incompatible(algorithm, kind.spec);
}

/** Bytes of the digests by the last part of an algorithm's name. */
export const digestLength = (algorithm: SigningAlgorithm): number => Number(algorithm.slice(-3)) / 8;

/**
 * Holds the type of a message, and its length where it is not the message itself, against the key and the algorithm.
 * @throws ValidationException
 */
export function requireMessage(
  { spec }: Pick<KeyKind, 'spec'>,
  algorithm: SigningAlgorithm,
  type: MessageType,
  length: number,
): void {
  if (!messageTypesOf(spec).includes(type))
    throw new ValidationException(`Message type ${type} is incompatible with key spec ${spec}.`);
  const only = algorithm === 'ED25519_SHA_512' ? 'RAW' : algorithm === 'ED25519_PH_SHA_512' ? 'DIGEST' : type;
  if (type !== only) throw new ValidationException(`Message type ${type} is incompatible with algorithm ${algorithm}.`);
  const wanted = type === 'EXTERNAL_MU' ? 64 : type === 'DIGEST' ? digestLength(algorithm) : length;
  const name = type === 'EXTERNAL_MU' ? 'External Mu' : 'Digest';
  if (length !== wanted) throw new ValidationException(`${name} is invalid length for algorithm ${algorithm}.`);
}

const messageTypesOf = (spec: KeyKind['spec']): readonly MessageType[] =>
  spec.startsWith('ML_DSA_') ? ['RAW', 'EXTERNAL_MU'] : ['RAW', 'DIGEST'];

/** Bytes that RSAES-OAEP can encrypt (RFC 8017, section 7.1.1): the modulus, less two hashes and 2. */
export function mostOaepBytes(spec: KeyKind['spec'], algorithm: EncryptionAlgorithm): number {
  return modulusLength(spec) - 2 * (algorithm === 'RSAES_OAEP_SHA_1' ? 20 : 32) - 2;
}

/** Bytes of an RSA modulus. */
export const modulusLength = (spec: KeyKind['spec']): number => Number(spec.slice('RSA_'.length)) / 8;

/** Bytes of an ML-KEM ciphertext (FIPS 203, table 3). */
export const encapsulatedLength = (spec: KeyKind['spec']): number =>
  spec === 'ML_KEM_512' ? 768 : spec === 'ML_KEM_768' ? 1088 : 1568;
