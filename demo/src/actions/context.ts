// What every action works on, and how it answers: it changes the state, and an error becomes a notice with its explanation.
import { explain } from '../explain.ts';
import type { State } from '../state.ts';
import type { Store } from '../store.ts';
import { listKeys } from '../vault/keys.ts';
import { readProtection } from '../vault/protection.ts';
import { listItems, type Vault } from '../vault/vault.ts';

export interface Context {
  readonly store: Store<State>;
  /** @throws where the vault is not open */
  vault(): Vault;
  /** Reads everything again, and tells other tabs to do so, or to open the vault anew. */
  changed(others?: 'changed' | 'reopen'): Promise<void>;
  /** Opens the vault anew, here and in other tabs: what its keys lie under has changed. */
  reopen(): Promise<void>;
}

let notices = 0;

export function tell({ store }: Pick<Context, 'store'>, text: string, error?: unknown): void {
  const problem = error === undefined ? undefined : explain(error);
  store.update({ notice: { id: ++notices, text, problem } });
}

/** Runs an action; where it fails, says what failed and why. @returns whether it succeeded */
export async function attempt(
  context: Pick<Context, 'store'>,
  failure: string,
  action: () => Promise<void>,
): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    // What was under way when the vault was locked must not be named on the locked page.
    const isLocked = (error as { name?: unknown } | undefined)?.name === 'KeyLocked';
    tell(context, isLocked ? 'The vault was locked before this was done.' : failure, error);
    return false;
  }
}

/** Brings keys and items on the page up to date. */
export async function refresh(store: Store<State>, vault: Vault): Promise<void> {
  const [keys, items, storage] = await Promise.all([listKeys(vault.kms), listItems(vault), readStorage()]);
  const protection = await readProtection(vault.kms, items);
  // Locked meanwhile: nothing of it belongs on the page any more.
  if (store.get().phase === 'locked') return;
  store.update(({ selectedKeyId }) => {
    const usable = keys.filter(({ state }) => state === 'Enabled');
    const selected = usable.find(({ id }) => id === selectedKeyId) ?? usable.at(-1);
    return { keys, items, storage, protection, selectedKeyId: selected?.id };
  });
}

export async function readStorage(): Promise<State['storage']> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return { used: usage, quota, isPersisted: await navigator.storage.persisted() };
  } catch {
    return { used: undefined, quota: undefined, isPersisted: undefined };
  }
}
