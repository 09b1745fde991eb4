// Signatures of requests that change something, remembered until they are too old to be accepted anyway: AWS Signature
// Version 4 has no nonce, so whoever sees a request could send it again.
//
// Dates are whole seconds, so an honest client that sends the same twice in a second signs the same twice. Those that do not sign
// their `amz-sdk-invocation-id` (boto3) still send a new one each time: with a new one, and within the span in which such a
// client can have signed, a signature counts again. So does that of a client of AWS that sends none: two `aws kms create-key` in a row are
// the same to the byte. Who changes a captured request has the same short span, and no longer.
import { wireError } from '../error-reply.ts';

/** What is remembered, in signatures and ids of calls: some 100 MB. */
const mostRemembered = 500_000;
/** The longest id of a call that counts as one: those of AWS's SDKs have 36 characters. */
const longestInvocation = 64;
/** How often all that is remembered is gone through where it is full, in milliseconds: not at every call. */
const sweepPause = 1000;
/** The second of the date, and one on the way, in milliseconds. */
const span = 2000;

interface Seen {
  /** When requests with this date are refused as too old, in milliseconds since 1970. */
  readonly end: number;
  /** The same by a clock that nobody sets. What is over by one of the two may come back when the other is set. */
  readonly steadyEnd: number;
  readonly first: number;
  readonly invocations: Set<string>;
}

export class Replays {
  /** In the order they came. */
  readonly #seen = new Map<string, Seen>();
  readonly #most: number;
  readonly #steady: () => number;
  #size = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;

  /** @param steady milliseconds of a clock that nobody sets */
  constructor(most: number = mostRemembered, steady: () => number = () => performance.now()) {
    this.#most = most;
    this.#steady = steady;
  }

  /** How many signatures and ids of calls are remembered. */
  get size(): number {
    return this.#size;
  }

  /**
   * Remembers a signature.
   * @param id what tells calls of one client apart, where it sends that; undefined for a client that is known to send none
   * @throws KmsError InvalidSignatureException where it was carried out already; ThrottlingException where no more can be remembered
   */
  refuseSecond(signature: string, id: string | undefined, end: number, now: number): void {
    const invocation = id === undefined || id.length > longestInvocation ? '' : id;
    const seen = this.#seen.get(signature);
    if (seen !== undefined && !this.#isOver(seen, now)) {
      if (now - seen.first > span) throw repeated();
      if (id === undefined) return;
      if (seen.invocations.has(invocation)) throw repeated();
      this.#makeRoom(now);
      seen.invocations.add(invocation);
      this.#size++;
      return;
    }
    this.#makeRoom(now);
    if (seen !== undefined) this.#drop(signature, seen);
    const steadyEnd = this.#steady() + Math.max(0, end - now);
    this.#seen.set(signature, { end, steadyEnd, first: now, invocations: new Set([invocation]) });
    this.#size++;
    this.#dropOldest(now);
  }

  #makeRoom(now: number): void {
    if (this.#size < this.#most) return;
    if (now - this.#sweptAt >= sweepPause) this.#sweep(now);
    if (this.#size >= this.#most) throw wireError('ThrottlingException', 'Rate exceeded');
  }

  /** A few at each call, so that none takes long. */
  #dropOldest(now: number): void {
    let looked = 0;
    for (const [signature, seen] of this.#seen) {
      if (looked++ === 8 || !this.#isOver(seen, now)) return;
      this.#drop(signature, seen);
    }
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [signature, seen] of this.#seen) if (this.#isOver(seen, now)) this.#drop(signature, seen);
  }

  #isOver({ end, steadyEnd }: Seen, now: number): boolean {
    return end < now && steadyEnd < this.#steady();
  }

  #drop(signature: string, { invocations }: Seen): void {
    this.#seen.delete(signature);
    this.#size -= invocations.size;
  }
}

const repeated = () =>
  wireError('InvalidSignatureException', 'A change with this signature was carried out already: sign it again.');
