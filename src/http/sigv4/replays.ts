// Signatures of requests that change something, remembered until they are too old to be accepted anyway: AWS Signature
// Version 4 has no nonce, so whoever sees a request could send it again.
import { wireError } from '../error-reply.ts';

/** At 64 hex digits each, some 80 MB. */
const most = 500_000;

export class Replays {
  /** Signatures by the time of their end, in the order they came. */
  readonly #seen = new Map<string, number>();

  /**
   * Remembers a signature.
   * @param end when requests with this date are refused as too old, in milliseconds since 1970
   * @throws KmsError InvalidSignatureException where it was there already
   */
  refuseSecond(signature: string, end: number, now: number): void {
    if ((this.#seen.get(signature) ?? Number.NEGATIVE_INFINITY) >= now) {
      throw wireError(
        'InvalidSignatureException',
        'A request with this signature was carried out already. A request that changes something is accepted once: sign it again.',
      );
    }
    if (this.#seen.size >= most) this.#sweep(now);
    if (this.#seen.size >= most) throw wireError('ThrottlingException', 'Rate exceeded');
    this.#seen.set(signature, end);
    this.#dropOldest(now);
  }

  /** A few at each call, so that none takes long. */
  #dropOldest(now: number): void {
    let looked = 0;
    for (const [signature, end] of this.#seen) {
      if (end >= now || looked++ === 8) return;
      this.#seen.delete(signature);
    }
  }

  #sweep(now: number): void {
    for (const [signature, end] of this.#seen) if (end < now) this.#seen.delete(signature);
  }
}
