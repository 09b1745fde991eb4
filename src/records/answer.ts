// Requests and transactions of IndexedDB as promises. The promise of a request settles inside the request's own event, so what
// awaits it goes on while the transaction is active.

export function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Settles when the transaction has ended: with nothing once it is committed, else with its error. */
export function ended(transaction: IDBTransaction): Promise<void> {
  const end = new Promise<void>((resolve, reject) => {
    const fail = () => reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError'));
    transaction.oncomplete = () => resolve();
    transaction.onabort = fail;
    transaction.onerror = null;
  });
  // Whoever looks at it still sees the error; nobody has to.
  end.catch(() => {});
  return end;
}

/** Undoes the transaction, if it is not over yet. */
export function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

/** A value, or the promise of one where something must be waited for. */
export type Soon<T> = T | Promise<T>;

/** True for promises of every make: Dexie puts its own in the place of the global one while its transactions run. */
export function isLater<T>(value: Soon<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Goes on at once where there is a value already. */
export const goOn = <T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> =>
  isLater(value) ? value.then(next) : next(value);
