// Requests and replies of the operations on key pairs and MAC keys.
import type {
  AlgorithmLists,
  EncapsulationAlgorithm,
  KeyAgreementAlgorithm,
  MacAlgorithm,
  MessageType,
  SigningAlgorithm,
} from '../algorithms.ts';
import type { CustomerMasterKeySpec, DataKeyPairSpec, KeyOrigin, KeySpec, KeyUsage } from '../key-spec.ts';
import type { Bytes } from '../shape.ts';
import type { CipherInput, RecipientInfo, Reply } from './common.ts';

interface UseInput extends CipherInput {
  /** Key id, key ARN, alias name or alias ARN. */
  KeyId: string | undefined;
}

interface UseOutput extends Reply {
  /** The key's ARN. */
  KeyId: string;
}

export interface SignInput extends UseInput {
  /** 1 to 4096 bytes; a digest exactly as long as its hash. */
  Message: Uint8Array | undefined;
  /**
   * Default RAW: the message is hashed here. DIGEST: it was hashed already. EXTERNAL_MU: it is the message representative of
   * ML-DSA, 64 bytes.
   */
  MessageType?: MessageType | undefined;
  SigningAlgorithm: SigningAlgorithm | undefined;
}

export interface SignOutput extends UseOutput {
  /** Of elliptic curves as DER, of the others as their standard writes it. */
  Signature: Bytes;
  SigningAlgorithm: SigningAlgorithm;
}

export interface VerifyInput extends SignInput {
  /** 1 to 6144 bytes. */
  Signature: Uint8Array | undefined;
}

export interface VerifyOutput extends UseOutput {
  /** Never false: a signature that is not valid is KMSInvalidSignatureException. */
  SignatureValid: true;
  SigningAlgorithm: SigningAlgorithm;
}

export interface GenerateMacInput extends UseInput {
  /** 1 to 4096 bytes. */
  Message: Uint8Array | undefined;
  MacAlgorithm: MacAlgorithm | undefined;
}

export interface GenerateMacOutput extends UseOutput {
  Mac: Bytes;
  MacAlgorithm: MacAlgorithm;
}

export interface VerifyMacInput extends GenerateMacInput {
  Mac: Uint8Array | undefined;
}

export interface VerifyMacOutput extends UseOutput {
  /** Never false: a MAC that is not valid is KMSInvalidMacException. */
  MacValid: true;
  MacAlgorithm: MacAlgorithm;
}

export interface GetPublicKeyInput {
  KeyId: string | undefined;
  GrantTokens?: string[] | undefined;
}

export interface GetPublicKeyOutput extends UseOutput, AlgorithmLists {
  /** SubjectPublicKeyInfo, DER. */
  PublicKey: Bytes;
  CustomerMasterKeySpec: CustomerMasterKeySpec;
  KeySpec: KeySpec;
  KeyUsage: KeyUsage;
}

export interface GenerateDataKeyPairWithoutPlaintextInput extends UseInput {
  EncryptionContext?: Record<string, string> | undefined;
  KeyPairSpec: DataKeyPairSpec | undefined;
}

export interface GenerateDataKeyPairInput extends GenerateDataKeyPairWithoutPlaintextInput {
  Recipient?: RecipientInfo | undefined;
}

export interface GenerateDataKeyPairWithoutPlaintextOutput extends UseOutput {
  /** Give it to Decrypt, with the same encryption context. */
  PrivateKeyCiphertextBlob: Bytes;
  /** SubjectPublicKeyInfo, DER. */
  PublicKey: Bytes;
  KeyPairSpec: DataKeyPairSpec;
  KeyMaterialId: string;
}

export interface GenerateDataKeyPairOutput extends GenerateDataKeyPairWithoutPlaintextOutput {
  /** PKCS#8, DER. Wipe it (`fill(0)`) when it is no longer needed. */
  PrivateKeyPlaintext: Bytes;
}

export interface DeriveSharedSecretInput extends UseInput {
  KeyAgreementAlgorithm: KeyAgreementAlgorithm | undefined;
  /** The other side's public key: SubjectPublicKeyInfo, DER, of the same curve. */
  PublicKey: Uint8Array | undefined;
  Recipient?: RecipientInfo | undefined;
}

export interface DeriveSharedSecretOutput extends Reply {
  /** The key's id: the one operation that does not give the ARN. */
  KeyId: string;
  /** 32, 48 or 66 bytes. Derive keys from it; do not use it as one. */
  SharedSecret: Bytes;
  KeyAgreementAlgorithm: KeyAgreementAlgorithm;
  KeyOrigin: KeyOrigin;
}

export interface EncapsulateInput extends UseInput {
  EncapsulationAlgorithm: EncapsulationAlgorithm | undefined;
}

export interface EncapsulateOutput extends UseOutput {
  /** 32 bytes. */
  SharedSecret: Bytes;
  /** 768, 1088 or 1568 bytes. */
  SharedSecretCiphertextBlob: Bytes;
  EncapsulationAlgorithm: EncapsulationAlgorithm;
}

export interface DecapsulateInput extends EncapsulateInput {
  SharedSecretCiphertextBlob: Uint8Array | undefined;
}

export interface DecapsulateOutput extends UseOutput {
  /** 32 bytes. A ciphertext that was not made for this key gives a secret that nobody else has. */
  SharedSecret: Bytes;
  EncapsulationAlgorithm: EncapsulationAlgorithm;
}
