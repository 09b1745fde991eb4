// The keyrings of many tenants in one process. A tenant is an account: its name is the account of whoever signed, never anything
// that a request says, so no tenant can name another's keyring. Keyrings are opened when they are first needed, and the ones that
// were not used for longest are let go of.
import type { Kms } from '../kms/kms.ts';
import type { Scope } from '../model/arn.ts';
import { KMSInternalException, ValidationException } from '../model/errors/index.ts';
import { checkFunctions, optionsReader } from '../model/options.ts';
import { createThrottle, type Rate } from './throttle.ts';

export interface TenantOptions {
  /**
   * Opens the keyring of a tenant: `openKms` with a store of the tenant's own, and `accountId`. Called again after the keyring
   * was let go of, or could not be opened.
   */
  readonly open: (accountId: string) => Promise<Kms> | Kms;
  /** Keyrings that are open at once. Default 1000. */
  readonly mostOpen?: number | undefined;
  /** What one tenant may call. Default: as much as it likes. */
  readonly rate?: Rate | undefined;
  /** Milliseconds since 1970, for the rate. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

export interface FindTenant {
  /** Finds the service of an account and Region: what `createHandler` takes in place of a `Kms`. */
  (scope: Scope): Promise<Kms>;
  /**
   * Writes what waits for the trails of all keyrings that are open. A process that ends by itself waits for this before it closes
   * their stores, or the records of the last 100 ms are lost. @throws StoreUnavailable where one of them cannot be written
   */
  flush(): Promise<void>;
}

/**
 * The services of many tenants, for `createHandler` of `keyhaven/http`.
 * @throws ValidationException where an option is not valid
 */
export function tenants(options: TenantOptions): FindTenant {
  const own = optionsReader(options, { open: true, mostOpen: true, rate: true, clock: true });
  const open = requireFunction(own('open'));
  const [mostOpen, rate] = [own('mostOpen') ?? 1000, own('rate')];
  if (!Number.isSafeInteger(mostOpen) || mostOpen < 1)
    throw new ValidationException('mostOpen must be a whole number of at least 1.');
  checkFunctions({ clock: own('clock') });
  const throttle = rate === undefined ? undefined : createThrottle(rate, own('clock') ?? Date.now);
  /** In the order of their last use. */
  const keyrings = new Map<string, Promise<Kms>>();

  function keyringOf(accountId: string): Promise<Kms> {
    const known = keyrings.get(accountId);
    const keyring = known ?? openOne(accountId);
    keyrings.delete(accountId);
    keyrings.set(accountId, keyring);
    if (known === undefined) {
      // One that could not be opened is tried again by the next call.
      keyring.catch(() => keyrings.get(accountId) === keyring && keyrings.delete(accountId));
      letGoOfOldest();
    }
    return keyring;
  }

  async function openOne(accountId: string): Promise<Kms> {
    try {
      return await open(accountId);
    } catch (error) {
      // A mistake in how the service was set up is not one of the caller's, and not for the caller to read.
      if (!(error instanceof ValidationException)) throw error;
      throw new KMSInternalException('The keyring could not be opened.', { cause: error });
    }
  }

  function letGoOfOldest(): void {
    if (keyrings.size <= mostOpen) return;
    for (const [accountId, keyring] of keyrings) {
      keyrings.delete(accountId);
      // Calls that are on their way connect again.
      keyring.then((kms) => kms.destroy()).catch(() => {});
      return;
    }
  }

  async function find({ accountId, region }: Scope): Promise<Kms> {
    throttle?.(accountId);
    return (await keyringOf(accountId)).at({ accountId, region });
  }

  async function flush(): Promise<void> {
    // What could not be opened has no records.
    const opened = [...keyrings.values()].map((keyring) => keyring.catch(() => undefined));
    const written = await Promise.allSettled(opened.map(async (keyring) => (await keyring)?.trail.flush()));
    for (const each of written) if (each.status === 'rejected') throw each.reason;
  }

  return Object.assign(find, { flush });
}

function requireFunction<T>(open: T | undefined): T {
  if (typeof open === 'function') return open;
  throw new ValidationException('open must be a function that opens a keyring.');
}
