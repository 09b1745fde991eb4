// What can go wrong in the cipher room. Messages name the argument or the remedy, and never hold data.
import { KmsError } from '../model/errors/index.ts';

/** An argument that cannot be used. */
export class InvalidArgument extends KmsError<'InvalidArgument'> {
  /** The argument's name. */
  readonly argument: string;
  constructor(argument: string, problem: string) {
    super('InvalidArgument', 'client', `${argument} ${problem}`);
    this.argument = argument;
  }
}

/** The message, its additional data, IV, tag or key is not what was sealed. There is no telling which. */
export class AuthenticationFailed extends KmsError<'AuthenticationFailed'> {
  constructor() {
    super('AuthenticationFailed', 'client', 'the message is not authentic');
  }
}

/** WebAssembly cannot run here, so nothing synchronous can; what is asynchronous goes on through WebCrypto. */
export class WasmBlocked extends KmsError<'WasmBlocked'> {
  constructor(cause: unknown) {
    super(
      'WasmBlocked',
      'client',
      "WebAssembly cannot run here, and synchronous encryption needs it. Under a Content-Security-Policy, add 'wasm-unsafe-eval' " +
        'to script-src. Asynchronous calls work without it.',
      { cause },
    );
  }
}

/** The key or stream was closed before. */
export class CipherClosed extends KmsError<'CipherClosed'> {
  constructor(what: string) {
    super('CipherClosed', 'client', `the ${what} is closed`);
  }
}

/** All places for open keys or streams in the core's fixed memory are taken. */
export class TooManyOpen extends KmsError<'TooManyOpen'> {
  constructor(what: string, limit: number) {
    super('TooManyOpen', 'client', `more than ${limit} ${what} are open at once: close those that are done`);
  }
}
