// How often each tenant may call.
import { Allowance } from '../host/wall/allowance.ts';
import { ThrottlingException, ValidationException } from '../model/errors/index.ts';
import { checkOptions } from '../model/options.ts';

export interface Rate {
  /** Calls a second, in the long run: a positive number. */
  readonly perSecond: number;
  /** Calls that may come at once after a quiet time: a whole number of at least 1. Default: those of one second. */
  readonly burst?: number | undefined;
}

/** Takes a call of a tenant, or refuses it. @throws ThrottlingException */
export type Throttle = (tenant: string) => void;

/** Tenants that are remembered. Whoever is forgotten starts with a full allowance, so the least recent one goes first. */
const mostRemembered = 10_000;

/**
 * @param clock milliseconds since 1970, or since any fixed moment
 * @throws ValidationException where the rate is not one
 */
export function createThrottle(rate: Rate, clock: () => number): Throttle {
  checkOptions(rate, { perSecond: true, burst: true }, 'rate');
  const { perSecond, burst } = { burst: undefined, ...rate };
  if (!(perSecond > 0 && Number.isFinite(perSecond)))
    throw new ValidationException('perSecond must be a positive number.');
  const atOnce = burst ?? Math.max(1, Math.ceil(perSecond));
  if (!(Number.isSafeInteger(atOnce) && atOnce >= 1))
    throw new ValidationException('burst must be a whole number of at least 1.');
  const allowances = new Map<string, Allowance>();
  return (tenant) => {
    const allowance = allowances.get(tenant) ?? new Allowance(perSecond, atOnce, clock);
    allowances.delete(tenant);
    allowances.set(tenant, allowance);
    const [oldest] = allowances.keys();
    if (allowances.size > mostRemembered && oldest !== undefined) allowances.delete(oldest);
    if (!allowance.take()) throw new ThrottlingException('Rate exceeded');
  };
}
