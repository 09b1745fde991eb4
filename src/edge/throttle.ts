// How often a tenant may call: a bucket of tokens that fills at a steady rate (the algorithm AWS documents for its own quotas).
import { KmsError, ValidationException } from '../model/errors/index.ts';

export interface Rate {
  /** Calls a second, in the long run: a positive number. */
  readonly perSecond: number;
  /** Calls that may come at once after a quiet time: a whole number of at least 1. Default: those of one second. */
  readonly burst?: number | undefined;
}

/** Takes a call of a tenant, or refuses it. @throws KmsError ThrottlingException */
export type Throttle = (tenant: string) => void;

/** Tenants that are remembered. Whoever is forgotten starts with a full bucket, so the least recent one goes first. */
const mostRemembered = 10_000;

/**
 * @param now milliseconds since 1970, or since any fixed moment
 * @throws ValidationException where the rate is not one
 */
export function createThrottle(
  { perSecond, burst = Math.max(1, Math.ceil(perSecond)) }: Rate,
  now: () => number,
): Throttle {
  if (!(perSecond > 0 && Number.isFinite(perSecond)))
    throw new ValidationException('perSecond must be a positive number.');
  if (!(Number.isSafeInteger(burst) && burst >= 1))
    throw new ValidationException('burst must be a whole number of at least 1.');
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (tenant) => {
    const time = now();
    const bucket = buckets.get(tenant) ?? { tokens: burst, at: time };
    // A clock that was set back gives nothing and takes nothing.
    const elapsed = Math.max(0, time - bucket.at);
    const tokens = Math.min(burst, bucket.tokens + (elapsed * perSecond) / 1000);
    buckets.delete(tenant);
    buckets.set(tenant, { tokens: tokens < 1 ? tokens : tokens - 1, at: time });
    if (buckets.size > mostRemembered) for (const oldest of buckets.keys()) return void buckets.delete(oldest);
    if (tokens < 1) throw new KmsError('ThrottlingException', 'client', 'Rate exceeded');
  };
}
