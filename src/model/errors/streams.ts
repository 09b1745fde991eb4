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
