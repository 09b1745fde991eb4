// What can go wrong in the cipher room. Messages name the argument or the remedy, and never hold data.

export type CipherErrorCode =
  | 'InvalidArgument'
  | 'AuthenticationFailed'
  | 'WasmBlocked'
  | 'CipherClosed'
  | 'TooManyOpen';

/** Base of every error of this room; `code` narrows it in a `switch`. */
export class CipherError extends Error {
  readonly code: CipherErrorCode;
  constructor(code: CipherErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
  }
}

/** An argument that cannot be used. */
export class InvalidArgument extends CipherError {
  declare readonly code: 'InvalidArgument';
  /** The argument's name. */
  readonly argument: string;
  constructor(argument: string, problem: string) {
    super('InvalidArgument', `${argument} ${problem}`);
    this.argument = argument;
  }
}

/** The message, its additional data, IV, tag or key is not what was sealed. There is no telling which. */
export class AuthenticationFailed extends CipherError {
  declare readonly code: 'AuthenticationFailed';
  constructor() {
    super('AuthenticationFailed', 'the message is not authentic');
  }
}

/** WebAssembly cannot run here, so nothing synchronous can; what is asynchronous goes on through WebCrypto. */
export class WasmBlocked extends CipherError {
  declare readonly code: 'WasmBlocked';
  constructor(cause: unknown) {
    super(
      'WasmBlocked',
      "WebAssembly cannot run here, and synchronous encryption needs it. Under a Content-Security-Policy, add 'wasm-unsafe-eval' " +
        'to script-src. Asynchronous calls work without it.',
      { cause },
    );
  }
}

/** The key or stream was closed before. */
export class CipherClosed extends CipherError {
  declare readonly code: 'CipherClosed';
  constructor(what: string) {
    super('CipherClosed', `the ${what} is closed`);
  }
}

/** All places for open keys or streams in the core's fixed memory are taken. */
export class TooManyOpen extends CipherError {
  declare readonly code: 'TooManyOpen';
  constructor(what: string, limit: number) {
    super('TooManyOpen', `more than ${limit} ${what} are open at once: close those that are done`);
  }
}
