// Promises of IndexedDB's requests and transactions, which is all that the store needs. The library `idb`, which records are kept
// through, does much more, and would be 1.7 KB of the 20 KB that the first load of keyhaven may have.

/** What a request gives. */
export const resultOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves once a transaction is on its way to the disk as its durability asks; rejects where it was rolled back. */
export const endOf = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('Aborted', 'AbortError'));
  });
