// What an error means to the person in front of the page, and what to do. The error's own code and words are shown beside it.
import type { KmsErrorCode } from 'keyhaven';

export interface Problem {
  readonly code: string;
  /** The error's own words. */
  readonly message: string;
  readonly meaning: string;
}

const meanings: Partial<Record<KmsErrorCode, string>> = {
  AlreadyExistsException: 'There is a key of this name already. Choose another name.',
  BackupCorrupt: 'The file is no backup of a vault, or it was cut or changed. Nothing was taken from it.',
  BackupOutdated: 'The vault here is newer than the backup, or is another one. Nothing was changed.',
  DisabledException: 'The key is disabled, so nothing under it can be read. Enable it to read again.',
  InsecureContext: 'Browsers give encryption to secure pages only. Open the vault over https, or on localhost.',
  InvalidCiphertextException: 'What is stored was changed or damaged. Nothing of it was shown.',
  KMSInvalidStateException: 'The key waits for its deletion. Cancel the deletion, then enable the key.',
  KeyLocked: 'The vault is locked.',
  KeysNotKept: 'This browser does not keep keys. A key made now would be gone tomorrow, so none is made.',
  KeyUndecryptable: 'The key is listed, but its material is gone from the browser’s storage.',
  PairingFailed: 'The two devices did not come together. Begin again with a new code.',
  PairingRefused: 'The numbers were not confirmed. Begin again.',
  TransportFailed: 'The relay between the devices cannot be reached.',
  NotFoundException: 'The key is gone: what was encrypted under it can never be read again.',
  StoreCorrupt: 'The browser’s storage was changed from outside, or is damaged.',
  StoreEvicted: 'The browser cleared the keys of this vault. What was encrypted under them cannot be read any more.',
  StoreUnavailable:
    'The browser’s storage did not answer. Private windows and blocked cookies do this. Nothing was lost.',
  StreamTruncated: 'The stored file ends too early.',
  UnlockFailed: 'That does not open this vault. Nothing was changed: try again, or use another way.',
  UnlockUnavailable: 'This way cannot be used here and now. Nothing was changed: use another way.',
  ValidationException: 'Something that was entered does not fit.',
};

const platformMeanings: Readonly<Record<string, string>> = {
  QuotaExceededError: 'The browser gives this page no more room. Delete something, or free space on the disk.',
  NotReadableError: 'The file cannot be read. It may have been moved or changed since it was chosen, or be a folder.',
  NotFoundError: 'The stored file is missing: the browser may have cleared it.',
};

export function explain(error: unknown): Problem {
  const { name = 'Error', message = String(error) } = (error ?? {}) as { name?: string; message?: string };
  const code = (error as { code?: unknown } | undefined)?.code;
  const label = typeof code === 'string' ? code : name;
  const meaning = meanings[label as KmsErrorCode] ?? platformMeanings[label] ?? 'This was not expected.';
  return { code: label, message, meaning };
}
