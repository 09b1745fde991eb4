// Requests and limits of the import of key material.
import { keyArn, type Scope } from './arn.ts';
import type { rareNames } from './constraints/rare.ts';
import type { KeyRecord } from './key-record.ts';
import { wrongOrigin } from './rotation.ts';
import type { Bytes } from './shape.ts';

/** How long a wrapping key and its token are valid, in milliseconds. */
export const parametersLifetime: number = 24 * 3_600_000;
/** The farthest date at which imported material may expire, in milliseconds from the import. */
export const longestValidity: number = 365 * 86_400_000;

export type WrappingAlgorithm = (typeof rareNames.AlgorithmSpec)[number];
export type WrappingKeySpec = (typeof rareNames.WrappingKeySpec)[number];

export interface ParametersRequest {
  readonly KeyId: string;
  readonly WrappingAlgorithm: WrappingAlgorithm;
  readonly WrappingKeySpec: WrappingKeySpec;
}

export interface ImportRequest {
  readonly KeyId: string;
  readonly ImportToken: Bytes;
  readonly EncryptedKeyMaterial: Bytes;
  /** Milliseconds since 1970. */
  readonly ValidTo: number | undefined;
  readonly ExpirationModel: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE' | undefined;
  readonly ImportType: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' | undefined;
  readonly KeyMaterialDescription: string | undefined;
  readonly KeyMaterialId: string | undefined;
}

/** A wrapping that is supported. */
export interface Wrapping {
  readonly algorithm: Exclude<WrappingAlgorithm, 'RSAES_PKCS1_V1_5' | 'SM2PKE'>;
  readonly keySpec: Exclude<WrappingKeySpec, 'SM2'>;
}

/** In an import token each is its place in the list, so the lists only grow at their ends. */
export const wrappingAlgorithms: readonly Wrapping['algorithm'][] = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
];
export const wrappingKeySpecs: readonly Wrapping['keySpec'][] = ['RSA_2048', 'RSA_3072', 'RSA_4096'];

/** @throws UnsupportedOperationException where the key makes its own material */
export function requireExternal(key: KeyRecord, scope: Scope): void {
  if (key.origin !== 'EXTERNAL') throw wrongOrigin(keyArn(scope, key.id), key.origin);
}
