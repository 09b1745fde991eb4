// The exceptions of AWS KMS, under their names. https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
import { KmsError, type KmsErrorOptions } from './base.ts';

/** An alias, or a replica, of this name exists already. */
export class AlreadyExistsException extends KmsError<'AlreadyExistsException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('AlreadyExistsException', 'client', message, options);
  }
}

/** There are no CloudHSM clusters here. */
export class CloudHsmClusterNotFoundException extends KmsError<'CloudHsmClusterNotFoundException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('CloudHsmClusterNotFoundException', 'client', message, options);
  }
}

/** There are no external key stores here. */
export class XksProxyUriUnreachableException extends KmsError<'XksProxyUriUnreachableException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('XksProxyUriUnreachableException', 'client', message, options);
  }
}

/** A rotation of the key is in progress, or begins within the next 20 minutes. */
export class ConflictException extends KmsError<'ConflictException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('ConflictException', 'client', message, options);
  }
}

/** No custom key store has this id: keyhaven has none. */
export class CustomKeyStoreNotFoundException extends KmsError<'CustomKeyStoreNotFoundException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('CustomKeyStoreNotFoundException', 'client', message, options);
  }
}

/** Too many writers wanted the same rows for too long. Nothing was changed; try again. */
export class DependencyTimeoutException extends KmsError<'DependencyTimeoutException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('DependencyTimeoutException', 'server', message, options);
  }
}

/** The key is disabled. */
export class DisabledException extends KmsError<'DisabledException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('DisabledException', 'client', message, options);
  }
}

/** The request would have succeeded, but `DryRun` was set. */
export class DryRunOperationException extends KmsError<'DryRunOperationException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('DryRunOperationException', 'client', message, options);
  }
}

/** The import token is older than 24 hours. Ask for new parameters. */
export class ExpiredImportTokenException extends KmsError<'ExpiredImportTokenException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('ExpiredImportTokenException', 'client', message, options);
  }
}

/** The imported key material is not what this key needs: another one, a known one where new is asked for, or malformed. */
export class IncorrectKeyMaterialException extends KmsError<'IncorrectKeyMaterialException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('IncorrectKeyMaterialException', 'client', message, options);
  }
}

/** The import token was not made here, or for another key. */
export class InvalidImportTokenException extends KmsError<'InvalidImportTokenException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('InvalidImportTokenException', 'client', message, options);
  }
}

/** The ciphertext was not made under the key that the request names. */
export class IncorrectKeyException extends KmsError<'IncorrectKeyException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('IncorrectKeyException', 'client', message, options);
  }
}

/** The alias name is not valid. */
export class InvalidAliasNameException extends KmsError<'InvalidAliasNameException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('InvalidAliasNameException', 'client', message, options);
  }
}

/** The ARN is not valid for this operation. */
export class InvalidArnException extends KmsError<'InvalidArnException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('InvalidArnException', 'client', message, options);
  }
}

/** A grant token is not valid. */
export class InvalidGrantTokenException extends KmsError<'InvalidGrantTokenException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('InvalidGrantTokenException', 'client', message, options);
  }
}

/** The key's usage, or its algorithms, do not allow the operation. */
export class InvalidKeyUsageException extends KmsError<'InvalidKeyUsageException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('InvalidKeyUsageException', 'client', message, options);
  }
}

/** The `Marker` did not come from an earlier page of the same listing. */
export class InvalidMarkerException extends KmsError<'InvalidMarkerException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('InvalidMarkerException', 'client', message, options);
  }
}

/** The service failed in a way that it should not have. */
export class KMSInternalException extends KmsError<'KMSInternalException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('KMSInternalException', 'server', message, options);
  }
}

/** The key's state does not allow the operation. */
export class KMSInvalidStateException extends KmsError<'KMSInvalidStateException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('KMSInvalidStateException', 'client', message, options);
  }
}

/** A quota was reached. */
export class LimitExceededException extends KmsError<'LimitExceededException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('LimitExceededException', 'client', message, options);
  }
}

/** The key policy is not a valid policy. */
export class MalformedPolicyDocumentException extends KmsError<'MalformedPolicyDocumentException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('MalformedPolicyDocumentException', 'client', message, options);
  }
}

/** The name is reserved for AWS. */
export class NotAuthorizedException extends KmsError<'NotAuthorizedException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('NotAuthorizedException', 'client', message, options);
  }
}

/** The key, or the alias, does not exist. */
export class NotFoundException extends KmsError<'NotFoundException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('NotFoundException', 'client', message, options);
  }
}

/** A member of the request has the wrong type. */
export class SerializationException extends KmsError<'SerializationException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('SerializationException', 'client', message, options);
  }
}

/** A tag is not valid. */
export class TagException extends KmsError<'TagException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('TagException', 'client', message, options);
  }
}

/** The key, or the service, does not support the operation. */
export class UnsupportedOperationException extends KmsError<'UnsupportedOperationException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('UnsupportedOperationException', 'client', message, options);
  }
}

/** A member of the request is out of its limits. */
export class ValidationException extends KmsError<'ValidationException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('ValidationException', 'client', message, options);
  }
}

/** The caller may not do this, or the ciphertext names a key that is not here. */
export class AccessDeniedException extends KmsError<'AccessDeniedException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('AccessDeniedException', 'client', message, options);
  }
}

/**
 * The ciphertext does not open: cut off, changed, made elsewhere, or under another encryption context. Every failure of
 * decryption is this error with this one message, whatever went wrong inside.
 */
export class InvalidCiphertextException extends KmsError<'InvalidCiphertextException'> {
  constructor() {
    super('InvalidCiphertextException', 'client', 'The ciphertext is not valid for this key and encryption context.');
  }
}

/** The signature is not one of this key over this message, whatever is wrong with it. */
export class KMSInvalidSignatureException extends KmsError<'KMSInvalidSignatureException'> {
  constructor() {
    super('KMSInvalidSignatureException', 'client', 'The signature is not valid for this key, message and algorithm.');
  }
}

/** The MAC is not the one of this key over this message. */
export class KMSInvalidMacException extends KmsError<'KMSInvalidMacException'> {
  constructor() {
    super('KMSInvalidMacException', 'client', 'The MAC is not valid for this key and message.');
  }
}
