// What can go wrong between a page and a host that keeps the keys behind a port.
import { KmsError, type KmsErrorOptions } from './base.ts';

/**
 * The host does not answer: its frame was removed or reloaded, its worker ended, its port was closed. A call that was under way
 * may have been carried out or not. The next call tries to reach the host again.
 */
export class HostUnavailable extends KmsError<'HostUnavailable'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('HostUnavailable', 'server', message, options);
  }
}

/** The host does not serve this origin, or not in this way. */
export class HostRefused extends KmsError<'HostRefused'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('HostRefused', 'client', message, options);
  }
}

/** The caller makes more calls than it may. Nothing was done; try again later. */
export class ThrottlingException extends KmsError<'ThrottlingException'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('ThrottlingException', 'client', message, options);
  }
}
