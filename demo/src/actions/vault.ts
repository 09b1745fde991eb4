// Opening the vault, and keeping several tabs of it alike.
import { explain } from '../explain.ts';
import type { State } from '../state.ts';
import type { Store } from '../store.ts';
import { openVault, type Vault } from '../vault/vault.ts';
import { type Context, readStorage, refresh, tell } from './context.ts';

export interface VaultActions {
  readonly context: Context;
  /** @param startOver goes on after the browser cleared the keys */
  open(startOver?: boolean): Promise<void>;
  /** Asks the browser not to clear this page's storage when space runs low. */
  persist(): Promise<void>;
}

export function vaultActions(store: Store<State>): VaultActions {
  let vault: Vault | undefined;
  const tabs = new BroadcastChannel('vault-changed');
  const context: Context = {
    store,
    vault() {
      if (!vault) throw new DOMException('The vault is not open.', 'InvalidStateError');
      return vault;
    },
    async changed() {
      tabs.postMessage('changed');
      await refresh(store, context.vault());
    },
  };
  tabs.onmessage = () => {
    if (vault) void refresh(store, vault).catch((error: unknown) => tell(context, 'This tab is out of date.', error));
  };
  return {
    context,
    async open(startOver = false) {
      store.update({ phase: 'opening', failure: undefined });
      try {
        vault = await openVault(startOver ? 'continue' : 'refuse');
        await refresh(store, vault);
        store.update({ phase: 'ready' });
      } catch (error) {
        store.update({ phase: 'failed', failure: explain(error) });
      }
    },
    async persist() {
      const isGranted = await navigator.storage?.persist?.().catch(() => false);
      store.update({ storage: await readStorage() });
      tell(
        context,
        isGranted
          ? 'The browser keeps this vault until you delete it.'
          : 'The browser did not agree. Bookmark or install the page, then ask again.',
      );
    },
  };
}
