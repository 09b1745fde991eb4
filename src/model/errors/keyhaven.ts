// What can go wrong in a browser and has no name in AWS KMS.
import { KmsError, type KmsErrorOptions } from './base.ts';

/** WebCrypto is missing because the page was not loaded over https. Serve it over https, or from localhost. */
export class InsecureContext extends KmsError<'InsecureContext'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('InsecureContext', 'client', message, options);
  }
}

/** The storage is blocked, broken, or did not answer within its deadline. What is stored is untouched. */
export class StoreUnavailable extends KmsError<'StoreUnavailable'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('StoreUnavailable', 'server', message, options);
  }
}

/** There were keys in this store, and the storage was cleared since, wholly or in part. */
export class StoreEvicted extends KmsError<'StoreEvicted'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('StoreEvicted', 'server', message, options);
  }
}

/** A row of the store was changed from outside, or is damaged. */
export class StoreCorrupt extends KmsError<'StoreCorrupt'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('StoreCorrupt', 'server', message, options);
  }
}

/** The store, or a row of it, was written by a newer version of the library. Update it here; nothing was changed. */
export class StoreNewer extends KmsError<'StoreNewer'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('StoreNewer', 'server', message, options);
  }
}

/** This runtime does not keep CryptoKeys in its storage, so a key made now would be gone tomorrow. */
export class KeysNotKept extends KmsError<'KeysNotKept'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('KeysNotKept', 'server', message, options);
  }
}

/** The keys are wrapped under a root, and the keyring was not unlocked, or the root was not given. */
export class KeyLocked extends KmsError<'KeyLocked'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('KeyLocked', 'client', message, options);
  }
}

/** The key is there, but its material is missing or cannot be unwrapped. */
export class KeyUndecryptable extends KmsError<'KeyUndecryptable'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('KeyUndecryptable', 'server', message, options);
  }
}

/** The method does not open any slot: a wrong passphrase or code, another passkey or key, or a slot that was changed. */
export class UnlockFailed extends KmsError<'UnlockFailed'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('UnlockFailed', 'client', message, options);
  }
}

/** The method cannot be used here and now: no authenticator with PRF, the user refused, the service cannot be reached. */
export class UnlockUnavailable extends KmsError<'UnlockUnavailable'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('UnlockUnavailable', 'client', message, options);
  }
}

/** The backup is older than what is here, and taking it would undo changes. */
export class BackupOutdated extends KmsError<'BackupOutdated'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('BackupOutdated', 'client', message, options);
  }
}

/** The file is not a whole backup: it was cut, changed, or is another file. Nothing of it was taken. */
export class BackupCorrupt extends KmsError<'BackupCorrupt'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('BackupCorrupt', 'client', message, options);
  }
}
