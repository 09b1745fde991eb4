// What can go wrong between two devices that pass keys from one to the other.
import { KmsError, type KmsErrorOptions } from './base.ts';

/**
 * The exchange between two devices was cut, altered, replayed, or answered by a third. Nothing was taken; begin again with a new
 * code.
 */
export class PairingFailed extends KmsError<'PairingFailed'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('PairingFailed', 'client', message, options);
  }
}

/** One of the two users said that the numbers differ, or one of the two devices will not do what it was asked for. */
export class PairingRefused extends KmsError<'PairingRefused'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('PairingRefused', 'client', message, options);
  }
}

/** The transport between two devices does not carry bytes: the relay does not answer, or the channel was closed. */
export class TransportFailed extends KmsError<'TransportFailed'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('TransportFailed', 'server', message, options);
  }
}

/** Keys that cannot go to another device, because the platform made them and gives their material to nobody. */
export class KeysNotPortable extends KmsError<'KeysNotPortable'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('KeysNotPortable', 'client', message, options);
  }
}
