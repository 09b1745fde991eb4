// A keyring that was upgraded or restored in another tab: opened again here, so that the call can be made again.
import type { Access } from '../keyring/access.ts';
import { StoreUnavailable } from '../model/errors/index.ts';

/** What a failure of a call means. @param error StoreCorrupt or KeyUndecryptable */
export async function explain(access: Access, cause: unknown): Promise<unknown> {
  const since = access.lockCount;
  if (!(await access.isStale())) return cause;
  await access.reopen(since, {});
  const now = access.isLocked
    ? 'It is locked now: await kms.unlock(...), and call again.'
    : 'It is open again: call again.';
  return new StoreUnavailable(`The keyring was upgraded or restored in another tab. ${now}`, { cause });
}
