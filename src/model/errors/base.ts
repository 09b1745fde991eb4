// The base of every error that leaves the library. `name` and `code` are equal and stable: switch on either. A message never
// holds key bytes or plaintext.

/** What the AWS SDK calls `$metadata`: here it names the request and says that nothing was retried over a network. */
export interface ResponseMetadata {
  httpStatusCode?: number;
  requestId?: string;
  extendedRequestId?: string;
  cfId?: string;
  attempts?: number;
  totalRetryDelay?: number;
}

export interface KmsErrorOptions {
  /** What went wrong underneath. Never given where it would tell failures of decryption apart. */
  cause?: unknown;
}

/** Whose mistake it was, as the AWS SDK says it: the caller's, or the service's. */
export type Fault = 'client' | 'server';

const withoutText = new WeakSet<KmsError>();

/** Marks an error to which AWS gives no message: its text is for callers of the same process, and is not sent. */
export function leaveUntold<E extends KmsError>(error: E): E {
  withoutText.add(error);
  return error;
}

/** AWS gives these no message at all. */
const silent: ReadonlySet<string> = new Set([
  'InvalidCiphertextException',
  'KMSInvalidMacException',
  'KMSInvalidSignatureException',
  'NotAuthorizedException',
]);

/** True for errors whose text AWS does not have: neither on the wire nor in a trail. */
export const isUntold = (error: KmsError): boolean => silent.has(error.name) || withoutText.has(error);

/**
 * An error of the key management service. Subclasses carry the exception names of AWS KMS where AWS has one, so that code
 * which catches by `name` or `instanceof` runs on both.
 */
export class KmsError<Code extends string = string> extends Error {
  override readonly name: Code;
  /** The same text as `name`, as a literal type: `switch (error.code)` narrows. */
  readonly code: Code;
  readonly $fault: Fault;
  readonly $metadata: ResponseMetadata;

  constructor(code: Code, fault: Fault, message: string, options?: KmsErrorOptions) {
    super(message);
    // Set by hand: the constructor of Error would read `cause` from a polluted Object.prototype.
    if (options !== undefined && Object.hasOwn(options, 'cause')) {
      Object.defineProperty(this, 'cause', {
        value: options.cause,
        writable: true,
        configurable: true,
        enumerable: false,
      });
    }
    this.name = code;
    this.code = code;
    this.$fault = fault;
    this.$metadata = { httpStatusCode: fault === 'client' ? 400 : 500, attempts: 1, totalRetryDelay: 0 };
  }
}
