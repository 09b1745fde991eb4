// What can go wrong with an encrypted stream and has no name in AWS KMS.
import { KmsError, type KmsErrorOptions } from './base.ts';

/**
 * The stream ends where a further chunk must follow: it was cut off, or is not written to its end yet. Everything that was
 * given out before is authentic, and is the beginning of the plaintext.
 */
export class StreamTruncated extends KmsError<'StreamTruncated'> {
  constructor(options?: KmsErrorOptions) {
    super('StreamTruncated', 'client', 'The encrypted stream ends before its last chunk.', options);
  }
}

/** The place where an encrypted stream lies does not give the part that was asked for. The message says what it did instead. */
export class StreamSourceFailed extends KmsError<'StreamSourceFailed'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('StreamSourceFailed', 'client', message, options);
  }
}

/** The worker that the work was moved to cannot be started, or died. What it had not finished is lost; try again without it. */
export class StreamWorkerFailed extends KmsError<'StreamWorkerFailed'> {
  constructor(message: string, options?: KmsErrorOptions) {
    super('StreamWorkerFailed', 'server', message, options);
  }
}
