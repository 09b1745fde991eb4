// What can go wrong with encrypted databases of records and has no name in AWS KMS or IndexedDB.
import { KmsError } from './base.ts';

/**
 * The record was sealed under another version of the schema, because its key was not there when the database was upgraded, or
 * because somebody put an old row back. `await records.rewrap({ outdated: true })` brings those up whose keys are there again.
 */
export class RecordOutdated extends KmsError<'RecordOutdated'> {
  constructor(message: string) {
    super('RecordOutdated', 'client', message);
  }
}
