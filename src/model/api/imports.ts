// Requests and replies of the operations on imported key material.
import type { WrappingAlgorithm, WrappingKeySpec } from '../imports.ts';
import type { Bytes } from '../shape.ts';
import type { Reply } from './common.ts';

export type ExpirationModel = 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';

export interface GetParametersForImportInput {
  /** Key id or ARN of a key of origin EXTERNAL. */
  KeyId: string | undefined;
  /** How the material will be wrapped. RSA keys need one of `RSA_AES_KEY_WRAP_*`. */
  WrappingAlgorithm: WrappingAlgorithm | undefined;
  /** The RSA key that the material will be wrapped under. */
  WrappingKeySpec: WrappingKeySpec | undefined;
}

export interface GetParametersForImportOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
  ImportToken: Bytes;
  /** SubjectPublicKeyInfo. */
  PublicKey: Bytes;
  /** 24 hours from now. */
  ParametersValidTo: Date;
}

export interface ImportKeyMaterialInput {
  KeyId: string | undefined;
  /** From the same GetParametersForImport as the public key. */
  ImportToken: Uint8Array | undefined;
  /** The wrapped material. */
  EncryptedKeyMaterial: Uint8Array | undefined;
  /** Within 365 days; needed unless the material does not expire. */
  ValidTo?: Date | undefined;
  /** Default KEY_MATERIAL_EXPIRES. */
  ExpirationModel?: ExpirationModel | undefined;
  /** Default NEW_KEY_MATERIAL for the first material of a key, then EXISTING_KEY_MATERIAL. */
  ImportType?: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' | undefined;
  /** Up to 256 characters. Not secret. */
  KeyMaterialDescription?: string | undefined;
  /** Of material that is imported again: what its id must be. */
  KeyMaterialId?: string | undefined;
}

export interface ImportKeyMaterialOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
  /** 64 hex digits; of symmetric keys. */
  KeyMaterialId?: string;
}

export interface DeleteImportedKeyMaterialInput {
  KeyId: string | undefined;
  /** Default: the current material. */
  KeyMaterialId?: string | undefined;
}

export interface DeleteImportedKeyMaterialOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
  /** 64 hex digits; of symmetric keys that have, or had, material. */
  KeyMaterialId?: string;
}
