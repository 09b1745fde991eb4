// What carries the messages of two devices. It need not be trusted: it sees ciphertexts of a code that it does not know, and can do
// nothing but refuse to carry.

/** Which of the two devices speaks: the new one that shows the code, or the old one where it is typed in. */
export type Side = 'offer' | 'add';

/** One side of a mailbox. */
export interface Channel {
  /** Carries one message of at most 65 536 bytes to the other side. */
  send(message: Uint8Array): Promise<void> | void;
  /** The next message of the other side, in the order in which they were sent. `signal` ends the wait. */
  receive(signal: AbortSignal): Promise<Uint8Array>;
  close(): void;
}

/**
 * Any function that carries bytes: it opens one side of a mailbox.
 * @param mailbox 32 hex digits, new for each code
 */
export type Transport = (mailbox: string, side: Side) => Channel | Promise<Channel>;

/** Most bytes of a message. */
export const mostMessageBytes = 65_536;

/** Messages that came before anyone asked for them, for channels that are told of messages. */
export class Inbox {
  readonly #waiting: Uint8Array[] = [];
  #wanted: { resolve(message: Uint8Array): void; reject(reason: unknown): void } | undefined;
  #failure: Error | undefined;

  put(message: Uint8Array): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted) wanted.resolve(message);
    // Nobody sends so many ahead.
    else if (this.#waiting.length < 1024) this.#waiting.push(message);
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wanted?.reject(error);
    this.#wanted = undefined;
  }

  /** The next message. One caller waits at a time. */
  take(signal: AbortSignal): Promise<Uint8Array> {
    const next = this.#waiting.shift();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#wanted = undefined;
        reject(signal.reason);
      };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      const end = () => signal.removeEventListener('abort', abort);
      this.#wanted = {
        resolve: (message) => {
          end();
          resolve(message);
        },
        reject: (reason) => {
          end();
          reject(reason);
        },
      };
    });
  }
}
