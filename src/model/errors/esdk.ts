// What can go wrong with a message of the AWS Encryption SDK and has no name in AWS KMS.
import { KmsError } from './base.ts';

/**
 * What the message shows openly (suite, number of data keys, length of its frames) is not what the options of this call allow.
 * Nothing was decrypted, and nothing is said about whether it could have been.
 */
export class MessageRefused extends KmsError<'MessageRefused'> {
  constructor(message: string) {
    super('MessageRefused', 'client', message);
  }
}
