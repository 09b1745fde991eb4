// Waiting for something that is not IndexedDB while a transaction stays open. A transaction commits itself once it has no request
// left, so there is always one: each asks for a key that cannot be there, and what waited goes on inside the event of the
// last, where the transaction is active. Atomicity is the transaction's own; the price is that the database is busy meanwhile.
import { DependencyTimeoutException } from '../model/errors/index.ts';

/** Longest time that a transaction is kept open for other work, in milliseconds. */
const longest = 10_000;

/**
 * Waits for `work` with the transaction open.
 * @returns what `work` gives; whoever awaits it may use the transaction
 * @throws DependencyTimeoutException, with the transaction aborted, where it takes more than 10 s
 */
export function keepAlive<T>(transaction: IDBTransaction, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let settle: (() => void) | undefined;
    work.then(
      (value) => {
        settle = () => resolve(value);
      },
      (error) => {
        settle = () => reject(error);
      },
    );
    const started = Date.now();
    const store = transaction.objectStore(transaction.objectStoreNames[0] as string);
    const turn = () => {
      if (settle !== undefined) return settle();
      try {
        if (Date.now() - started > longest) {
          transaction.abort();
          throw new DependencyTimeoutException('A data key did not come within 10 s. Nothing was written; try again.');
        }
        const request = store.getKey([]);
        request.onsuccess = turn;
        // Only an abort fails it, and an abort has its own error.
        request.onerror = () => reject(transaction.error ?? request.error);
      } catch (error) {
        reject(error);
      }
    };
    turn();
  });
}
