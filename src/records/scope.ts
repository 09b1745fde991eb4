// One transaction as the stores, indexes and cursors of records see it: what keeps calls in the order in which they were made,
// also where one of them has to wait for a data key.
import { isLater, type Soon } from './answer.ts';
import { keepAlive } from './keep-alive.ts';

export class Scope {
  readonly transaction: IDBTransaction;
  #isHolding = false;
  #last: Promise<unknown> | undefined;

  constructor(transaction: IDBTransaction) {
    this.transaction = transaction;
  }

  /**
   * Runs one call after those that were made before it. Where none of them waits it runs at once.
   * @param ready what the call needs first, where that is not there yet
   */
  turn<T>(ready: () => Soon<unknown>, call: () => Soon<T>): Promise<T> {
    if (this.#last !== undefined) return this.#follow(this.#last, () => this.#run(ready, call));
    this.#isHolding = false;
    let result: Soon<T>;
    try {
      result = this.#run(ready, call);
    } catch (error) {
      return Promise.reject(error);
    }
    if (!isLater(result)) return Promise.resolve(result);
    // The call waits before it has asked the database for anything: later calls must not overtake it.
    if (this.#isHolding) this.#queue(result);
    return result;
  }

  /** Waits for `work`, if it is not there yet, with the transaction open. */
  hold<T, R>(work: Soon<T>, next: (value: T) => Soon<R>): Soon<R> {
    if (!isLater(work)) return next(work);
    this.#isHolding = true;
    return keepAlive(this.transaction, work).then(next);
  }

  /** Waits for a request of the database; calls that are made meanwhile come after what follows it. */
  await<T, R>(request: Promise<T>, next: (value: T) => Soon<R>): Promise<R> {
    this.#isHolding = true;
    return request.then(next);
  }

  /** False where a call would have to wait for another. */
  get isFree(): boolean {
    return this.#last === undefined;
  }

  /** Settles when no call waits any more. */
  get idle(): Promise<unknown> | undefined {
    return this.#last;
  }

  #run<T>(ready: () => Soon<unknown>, call: () => Soon<T>): Soon<T> {
    return this.hold(ready(), call);
  }

  #follow<T>(last: Promise<unknown>, call: () => Soon<T>): Promise<T> {
    const result = last.then(call);
    this.#queue(result);
    return result;
  }

  #queue(result: Promise<unknown>): void {
    const quiet = result.catch(() => {});
    this.#last = quiet;
    quiet.then(() => {
      if (this.#last === quiet) this.#last = undefined;
    });
  }
}

/** Opens with the transaction held; undefined where it does not open. */
export async function openedOrNot<T>(scope: Scope, call: () => Soon<T>): Promise<T | undefined> {
  let opening: Soon<T>;
  try {
    opening = call();
  } catch {
    return undefined;
  }
  if (!isLater(opening)) return opening;
  const quiet: Promise<T | undefined> = opening.catch(() => undefined);
  return scope.hold(quiet, (value) => value);
}
