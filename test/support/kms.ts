// A key management service for one test: over IndexedDB where the runtime has it, else over memory.
import { indexedDbStore, type Kms, memoryStore, type OpenKmsOptions, openKms, type Store } from '../../src/index.ts';
import { random, toHex } from './bytes.ts';

export const hasIndexedDb: boolean = typeof indexedDB !== 'undefined';

export const uniqueName = (): string => `test-${toHex(random(8))}`;

export const newStore = (): Store => (hasIndexedDb ? indexedDbStore(uniqueName()) : memoryStore());

/** Id of a row in the account and Region that tests use where they name none. */
export const rowId = (id: string): string => `000000000000/us-east-1/${id}`;

/** A clock that tests turn. */
export class TestClock {
  now: number = Date.UTC(2030, 0, 1);
  readonly read: () => number = () => this.now;
  pass(milliseconds: number): void {
    this.now += milliseconds;
  }
}

export const day = 86_400_000;

export const newKms = (options: OpenKmsOptions = {}): Promise<Kms> => openKms({ store: newStore(), ...options });

/** Makes a key and returns its id. */
export async function newKey(kms: Kms, options: Parameters<Kms['createKey']>[0] = {}): Promise<string> {
  return (await kms.createKey(options)).KeyMetadata.KeyId;
}
