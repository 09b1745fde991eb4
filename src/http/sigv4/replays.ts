// Signatures of requests that change something, remembered until they are too old to be accepted anyway: AWS Signature
// Version 4 has no nonce, so whoever sees a request could send it again.
//
// Dates are whole seconds, so an honest client that sends the same twice in a second signs the same twice. Those that do not sign
// their `amz-sdk-invocation-id` (botocore) still send a new one each time: with a new one, and within the span in which such a
// client can have signed, a signature counts again. Who changes a captured request has the same short span, and no longer.
import { wireError } from '../error-reply.ts';

/** With keys of 64 hex digits, some 100 MB. */
const most = 500_000;
/** The second of the date, and one on the way, in milliseconds. */
const span = 2000;

interface Seen {
  /** When requests with this date are refused as too old, in milliseconds since 1970. */
  readonly end: number;
  readonly first: number;
  readonly invocations: Set<string>;
}

export class Replays {
  /** In the order they came. */
  readonly #seen = new Map<string, Seen>();

  /**
   * Remembers a signature.
   * @param invocation what tells calls of one client apart, where it sends that
   * @throws KmsError InvalidSignatureException where it was carried out already
   */
  refuseSecond(signature: string, invocation: string, end: number, now: number): void {
    const seen = this.#seen.get(signature);
    if (seen !== undefined && seen.end >= now) {
      if (seen.invocations.has(invocation) || now - seen.first > span) throw repeated();
      seen.invocations.add(invocation);
      return;
    }
    if (this.#seen.size >= most) this.#sweep(now);
    if (this.#seen.size >= most) throw wireError('ThrottlingException', 'Rate exceeded');
    this.#seen.set(signature, { end, first: now, invocations: new Set([invocation]) });
    this.#dropOldest(now);
  }

  /** A few at each call, so that none takes long. */
  #dropOldest(now: number): void {
    let looked = 0;
    for (const [signature, { end }] of this.#seen) {
      if (end >= now || looked++ === 8) return;
      this.#seen.delete(signature);
    }
  }

  #sweep(now: number): void {
    for (const [signature, { end }] of this.#seen) if (end < now) this.#seen.delete(signature);
  }
}

const repeated = () =>
  wireError(
    'InvalidSignatureException',
    'A request with this signature was carried out already. A request that changes something is accepted once: sign it again.',
  );
