// What can go wrong with records under cached data keys and has no name in AWS KMS.
import { KmsError } from './base.ts';

/** The data key that new records are sealed under is missing, too old, or used up. `await sealer.ready()`, then seal again. */
export class SealerNotReady extends KmsError<'SealerNotReady'> {
  constructor(message: string) {
    super('SealerNotReady', 'client', message);
  }
}

/** The data key of a record is not in memory. `await sealer.prepare([record])`, then open again. */
export class DataKeyNotLoaded extends KmsError<'DataKeyNotLoaded'> {
  constructor() {
    super(
      'DataKeyNotLoaded',
      'client',
      'The data key of this record is not loaded: await sealer.prepare([record]) first.',
    );
  }
}

/** The wrapped data key of a record is not in the sealer's store, so the record cannot be opened with this store. */
export class DataKeyMissing extends KmsError<'DataKeyMissing'> {
  constructor(id: string) {
    super('DataKeyMissing', 'client', `The store of this sealer does not hold the wrapped data key ${id}.`);
  }
}
