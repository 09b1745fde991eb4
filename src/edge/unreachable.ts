// What a keyring that is elsewhere fails with when no answer comes from it: an object that broke, was moved, or has too much to do.
import { KmsError, StoreUnavailable, ThrottlingException } from '../model/errors/index.ts';

/** @throws ThrottlingException, StoreUnavailable; an error of the service as it is */
export function unreachable(cause: unknown): never {
  if (cause instanceof KmsError) throw cause;
  // Durable Objects say so.
  if ((cause as { overloaded?: unknown } | undefined)?.overloaded === true)
    throw new ThrottlingException('Rate exceeded', { cause });
  throw new StoreUnavailable(
    'The keyring cannot be reached, or failed. What was acknowledged is kept; a change that was not may have been carried out.',
    { cause },
  );
}
