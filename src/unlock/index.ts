// Methods that unlock a keyring, for the options `slots` and `unlock` of openKms, and for kms.unlock and kms.slots.
export type { SlotKind, UnlockMethod } from '../keys/unlock-method.ts';
export { type AutoLockOptions, autoLock } from './auto-lock.ts';
export { device } from './device.ts';
export { type EscrowKms, kmsKey } from './kms-key.ts';
export { type PasskeyOptions, passkey } from './passkey.ts';
export { type PassphraseOptions, passphrase } from './passphrase.ts';
export { newRecoveryCode, type ReadCode, readRecoveryCode, recoveryCode } from './recovery-code.ts';
export { rootFromSecret, secret } from './secret.ts';
