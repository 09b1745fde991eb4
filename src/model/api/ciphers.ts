// Requests and replies of the cryptographic operations.
import type { EncryptionAlgorithm } from '../encryption-algorithm.ts';
import type { Bytes } from '../shape.ts';
import type { CipherInput, RecipientInfo, Reply } from './common.ts';

export interface EncryptInput extends CipherInput {
  /** Key id, key ARN, alias name or alias ARN. */
  KeyId: string | undefined;
  /** 1 to 4096 bytes; RSA keys take fewer, at most 446 (RSA_4096, SHA-256). */
  Plaintext: Uint8Array | undefined;
  /** Symmetric keys only. Bound to the ciphertext and not stored in it: the same pairs are needed to decrypt. Up to 8192 bytes. Not secret. */
  EncryptionContext?: Record<string, string> | undefined;
  /** Default SYMMETRIC_DEFAULT: RSA keys must name theirs. */
  EncryptionAlgorithm?: EncryptionAlgorithm | undefined;
}

export interface EncryptOutput extends Reply {
  /** Of a symmetric key 123 bytes longer than the plaintext; of an RSA key as long as its modulus. */
  CiphertextBlob: Bytes;
  /** The key's ARN. */
  KeyId: string;
  EncryptionAlgorithm: EncryptionAlgorithm;
}

export interface DecryptInput extends CipherInput {
  /** 1 to 6144 bytes: it names the key itself, except those of RSA keys. May be missing only with `DryRunModifiers: ['IGNORE_CIPHERTEXT']`. */
  CiphertextBlob?: Uint8Array | undefined;
  EncryptionContext?: Record<string, string> | undefined;
  /** Where given, the ciphertext must have been made under this key. */
  KeyId?: string | undefined;
  EncryptionAlgorithm?: EncryptionAlgorithm | undefined;
  Recipient?: RecipientInfo | undefined;
  DryRunModifiers?: 'IGNORE_CIPHERTEXT'[] | undefined;
}

export interface DecryptOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
  Plaintext: Bytes;
  EncryptionAlgorithm: EncryptionAlgorithm;
  /** 64 hex digits. Symmetric keys only. */
  KeyMaterialId?: string;
}

export interface ReEncryptInput extends CipherInput {
  CiphertextBlob?: Uint8Array | undefined;
  SourceEncryptionContext?: Record<string, string> | undefined;
  SourceKeyId?: string | undefined;
  DestinationKeyId: string | undefined;
  DestinationEncryptionContext?: Record<string, string> | undefined;
  SourceEncryptionAlgorithm?: EncryptionAlgorithm | undefined;
  DestinationEncryptionAlgorithm?: EncryptionAlgorithm | undefined;
  DryRunModifiers?: 'IGNORE_CIPHERTEXT'[] | undefined;
}

export interface ReEncryptOutput extends Reply {
  CiphertextBlob: Bytes;
  SourceKeyId: string;
  KeyId: string;
  SourceEncryptionAlgorithm: EncryptionAlgorithm;
  DestinationEncryptionAlgorithm: EncryptionAlgorithm;
  /** Symmetric keys only, both. */
  SourceKeyMaterialId?: string;
  DestinationKeyMaterialId?: string;
}

export interface GenerateDataKeyWithoutPlaintextInput extends CipherInput {
  KeyId: string | undefined;
  EncryptionContext?: Record<string, string> | undefined;
  /** 16 or 32 bytes. Either this or `NumberOfBytes`. */
  KeySpec?: 'AES_128' | 'AES_256' | undefined;
  /** 1 to 1024. */
  NumberOfBytes?: number | undefined;
}

export interface GenerateDataKeyInput extends GenerateDataKeyWithoutPlaintextInput {
  Recipient?: RecipientInfo | undefined;
}

export interface GenerateDataKeyWithoutPlaintextOutput extends Reply {
  CiphertextBlob: Bytes;
  KeyId: string;
  KeyMaterialId: string;
}

export interface GenerateDataKeyOutput extends GenerateDataKeyWithoutPlaintextOutput {
  /** The data key. Wipe it (`fill(0)`) when it is no longer needed. */
  Plaintext: Bytes;
}

export interface GenerateRandomInput {
  /** 1 to 1024. */
  NumberOfBytes?: number | undefined;
  CustomKeyStoreId?: string | undefined;
  Recipient?: RecipientInfo | undefined;
}

export interface GenerateRandomOutput extends Reply {
  Plaintext: Bytes;
}
