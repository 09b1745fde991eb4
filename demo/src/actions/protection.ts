// What a person does so that the vault is not lost, and not open to others: two ways to open it, a backup, and back from one.
import { newRecoveryCode, readRecoveryCode, recoveryCode } from 'keyhaven/unlock';
import { count } from '../format.ts';
import type { State } from '../state.ts';
import { belongings } from '../vault/belongings.ts';
import { methodOf, type Secret } from '../vault/protection.ts';
import { renew } from '../vault/renewal.ts';
import { restoreFrom } from '../vault/restoring.ts';
import { attempt, type Context, tell } from './context.ts';
import { guideMark } from './guide-mark.ts';

export interface Plan {
  readonly mode: 'locked' | 'recoverable';
  /** The first way; the recovery code is the second. */
  readonly secret: Secret;
  readonly code: string;
}

export interface ProtectionActions {
  openGuide(): void;
  closeGuide(): void;
  newCode(): string;
  /** Moves the vault under a root that both ways open. @returns whether it is there */
  protect(plan: Plan): Promise<boolean>;
  /** One file with all keys, notes and files. */
  backUp(): Promise<Blob | undefined>;
  /** Everything back from a backup and its code. */
  restore(file: Blob, code: string): Promise<boolean>;
  /** Brings keys and items of the time before the root along. */
  renew(): Promise<void>;
}

export function protectionActions(context: Context): ProtectionActions {
  const { store, vault, changed, reopen } = context;
  const closeGuide = (): void => {
    guideMark.set();
    store.update({ isGuided: false });
  };
  return {
    openGuide: () => store.update({ isGuided: true }),
    closeGuide,
    newCode: newRecoveryCode,
    protect: ({ mode, secret, code }) =>
      attempt(context, 'The vault is as it was.', async () => {
        await vault().kms.upgrade({ to: mode, slots: [methodOf(secret), recoveryCode(code)] });
        // Not awaited: Firefox asks the person, who may take their time.
        navigator.storage?.persist?.().then(
          () => changed(),
          () => {},
        );
        guideMark.set();
        if (store.get().keys.length > 0) await renewAll(context);
        await changed('reopen');
      }),
    async backUp() {
      let file: Blob | undefined;
      await attempt(context, 'No backup was written.', async () => {
        const open = vault();
        const { stream } = await open.kms.export({ records: belongings(open) });
        file = await new Response(stream).blob();
        await changed();
        tell(context, 'The backup is written. Keep it where the browser cannot clear it, apart from the code.');
      });
      return file;
    },
    restore: (file, code) =>
      attempt(context, 'Nothing was restored.', async () => {
        const { code: whole } = readRecoveryCode(code);
        const added = await restore(file, whole, store.get());
        await reopen();
        closeGuide();
        tell(context, `${count(added, 'key')} and what was under them are back.`);
      }),
    async renew() {
      await attempt(context, 'Some of it stays on this device only.', async () => {
        const left = await renewAll(context);
        await changed();
        tell(
          context,
          left.length === 0
            ? 'Everything goes into backups from now on.'
            : `${count(left.length, 'key')} cannot be used now, and stay on this device only. Enable them, and try again.`,
        );
      });
    },
  };
}

async function renewAll({ vault }: Context): Promise<readonly string[]> {
  const { unwrapped = [] } = await vault().kms.protection();
  return renew(
    vault(),
    unwrapped.map(({ KeyId }) => KeyId),
  );
}

/** What is here stays, where there is anything that could be kept. @returns how many keys came */
const restore = (file: Blob, code: string, { keys, phase }: State): Promise<number> =>
  restoreFrom(file, recoveryCode(code), phase === 'ready' && keys.length > 0 ? 'merge' : 'replace');
