// Opening the vault, locking and unlocking it, and keeping several tabs of it alike.
import type { Kms } from 'keyhaven';
import { explain } from '../explain.ts';
import type { State } from '../state.ts';
import type { Store } from '../store.ts';
import { methodOf, readLocked, type Secret } from '../vault/protection.ts';
import { openKeys, openVault, type Vault } from '../vault/vault.ts';
import { autoLocking } from './auto-lock.ts';
import { type Context, readStorage, refresh, tell } from './context.ts';
import { guideMark } from './guide-mark.ts';

export interface VaultActions {
  readonly context: Context;
  /** @param startOver goes on after the browser cleared the keys */
  open(startOver?: boolean): Promise<void>;
  /** Takes everything off the page, here and in other tabs; only one of the methods opens it again. */
  lock(): void;
  unlock(secret: Secret): Promise<boolean>;
  setAutoLock(choice: State['autoLock']): void;
  /** Asks the browser not to clear this page's storage when space runs low. */
  persist(): Promise<void>;
}

type OnEvicted = 'refuse' | 'continue';

export function vaultActions(store: Store<State>): VaultActions {
  let kms: Kms | undefined;
  let vault: Vault | undefined;
  const tabs = new BroadcastChannel('vault-changed');
  const locking = autoLocking(store);
  const context: Context = {
    store,
    vault() {
      if (!vault || store.get().phase === 'locked')
        throw new DOMException('The vault is not open.', 'InvalidStateError');
      return vault;
    },
    async changed(others = 'changed') {
      tabs.postMessage(others);
      await refresh(store, context.vault());
    },
    async reopen() {
      tabs.postMessage('reopen');
      await open('continue');
    },
  };
  tabs.onmessage = ({ data }) => {
    if (data === 'reopen') void open('refuse');
    else if (vault && store.get().phase === 'ready')
      void refresh(store, vault).catch((error: unknown) => tell(context, 'This tab is out of date.', error));
  };

  /** Nothing that was read stays on the page. */
  async function onLocked(): Promise<void> {
    store.update({
      phase: 'locked',
      keys: [],
      items: [],
      transfers: [],
      selectedKeyId: undefined,
      isGuided: false,
      notice: undefined,
    });
    vault?.notes.wipe();
    if (kms) store.update({ protection: await readLocked(kms) });
  }

  async function open(onEvicted: OnEvicted): Promise<void> {
    store.update({ phase: 'opening', failure: undefined });
    try {
      locking.end();
      vault?.notes.close();
      vault?.rows.close();
      vault = undefined;
      kms?.destroy();
      kms = await openKeys(onEvicted);
      kms.onLock(() => void onLocked());
      if ((await kms.protection()).isLocked) return await onLocked();
      await openRest(kms, onEvicted);
    } catch (error) {
      store.update({ phase: 'failed', failure: explain(error) });
    }
  }

  async function openRest(keys: Kms, onEvicted: OnEvicted): Promise<void> {
    store.update({ phase: 'opening' });
    vault ??= await openVault(keys, onEvicted);
    await refresh(store, vault);
    // Another tab may have locked it meanwhile.
    if ((store.get().phase as State['phase']) === 'locked') return;
    locking.begin(keys);
    store.update(({ keys: { length }, protection }) => ({
      phase: 'ready',
      isGuided: length === 0 && protection?.mode === 'device' && !guideMark.isSet(),
    }));
  }

  return {
    context,
    open: (startOver = false) => open(startOver ? 'continue' : 'refuse'),
    lock: () => kms?.lock(),
    async unlock(secret) {
      if (!kms) return false;
      try {
        await kms.unlock(methodOf(secret));
        store.update({ notice: undefined });
        await openRest(kms, 'continue');
        return true;
      } catch (error) {
        store.update({ phase: 'locked' });
        tell(context, 'The vault stays locked.', error);
        return false;
      }
    },
    setAutoLock: (choice) => locking.choose(choice),
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
