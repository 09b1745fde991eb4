// What a host tells its owner: every call, every refusal, with the origin as the browser vouches for it. Holds no secret, no
// plaintext and nothing of an encryption context.
import type { KmsError } from '../../model/errors/index.ts';

export interface HostRecord {
  /**
   * `connected`: an origin opened a connection. `call`: it called an operation. `refused`: it may not call here, calls too
   * much, or does not keep to the protocol.
   */
  readonly event: 'connected' | 'call' | 'refused';
  readonly origin: string;
  /** Undefined where the origin is not listed. */
  readonly principalArn: string | undefined;
  /** As it was asked for. */
  readonly operation: string | undefined;
  /** The key's ARN where the call succeeded, else how the request named the key. */
  readonly keyId: string | undefined;
  readonly requestId: string | undefined;
  /** How often this happened: of refusals in quick succession the first is told at once, the others together. */
  readonly times: number;
  readonly milliseconds: number;
  /** What the caller was told; its `cause`, where it has one, stayed here. */
  readonly error: KmsError | undefined;
}

/** Told before the answer leaves: where it throws or rejects, the caller gets a KMSInternalException and no answer. */
export type OnCall = (record: HostRecord) => void | Promise<void>;

/** Time in which refusals of one kind are told together, in milliseconds. */
const span = 1000;
/** Kinds that are counted apart at a time; what is beyond is counted as one. */
const mostKinds = 256;

/** Tells of refusals without letting a flood of them flood whoever listens. */
export class Refusals {
  readonly #onCall: OnCall | undefined;
  readonly #held = new Map<string, { record: HostRecord; times: number }>();

  constructor(onCall: OnCall | undefined) {
    this.#onCall = onCall;
  }

  tell(record: Omit<HostRecord, 'event' | 'times' | 'milliseconds'>): void {
    if (this.#onCall === undefined) return;
    const kind = `${record.origin} ${record.operation} ${record.error?.code}`;
    const key = this.#held.has(kind) || this.#held.size < mostKinds ? kind : 'others';
    const held = this.#held.get(key);
    const whole: HostRecord = { ...record, event: 'refused', times: 1, milliseconds: 0 };
    if (held !== undefined) {
      held.record = whole;
      held.times++;
      return;
    }
    this.#held.set(key, { record: whole, times: 0 });
    this.#send(whole);
    setTimeout(() => {
      const { record: last, times } = this.#held.get(key) ?? { record: whole, times: 0 };
      this.#held.delete(key);
      if (times > 0) this.#send({ ...last, times });
    }, span);
  }

  /** What was refused stays refused, whether or not somebody could be told. */
  async #send(record: HostRecord): Promise<void> {
    try {
      await this.#onCall?.(record);
    } catch {
      // As above.
    }
  }
}
