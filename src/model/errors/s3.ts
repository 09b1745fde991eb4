// What can go wrong with encrypted objects of S3 and has no name in AWS KMS.
import { KmsError } from './base.ts';

/** The metadata of the object name no data key: it was not encrypted by the S3 Encryption Client, or has an instruction file. */
export class ObjectNotEncrypted extends KmsError<'ObjectNotEncrypted'> {
  constructor() {
    super(
      'ObjectNotEncrypted',
      'client',
      'The metadata of the object name no data key. Either it is not encrypted, or its instruction file is needed as well.',
    );
  }
}

/** The object is in a format that the options do not allow: without key commitment, or of a legacy kind. */
export class ObjectFormatRefused extends KmsError<'ObjectFormatRefused'> {
  constructor(message: string) {
    super('ObjectFormatRefused', 'client', message);
  }
}

/** The object is longer than what is held back until its tag is checked. */
export class ObjectTooLarge extends KmsError<'ObjectTooLarge'> {
  constructor(limit: number) {
    super(
      'ObjectTooLarge',
      'client',
      `The encrypted object is longer than bufferLimit, ${limit} bytes, and none of it may be given out before its tag is checked at ` +
        'its end. Raise bufferLimit, or read it with a function that says Unverified in its name.',
    );
  }
}
