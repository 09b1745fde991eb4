// What a person does with keys.
import { makeKey } from '../vault/keys.ts';
import { attempt, type Context, tell } from './context.ts';

export interface KeyActions {
  create(name: string): Promise<boolean>;
  disable(id: string): Promise<void>;
  enable(id: string): Promise<void>;
  scheduleDeletion(id: string, days: number): Promise<boolean>;
  cancelDeletion(id: string): Promise<void>;
  select(id: string): void;
}

export function keyActions(context: Context): KeyActions {
  const { store, vault, changed } = context;
  const nameOf = (id: string): string => store.get().keys.find((key) => key.id === id)?.name ?? 'the key';
  const change = (id: string, failure: string, done: string, action: () => Promise<unknown>): Promise<boolean> =>
    attempt(context, `${nameOf(id)}: ${failure}`, async () => {
      await action();
      await changed();
      tell(context, `${nameOf(id)}: ${done}`);
    });
  return {
    create: (name) =>
      attempt(context, 'The key was not made.', async () => {
        const id = await makeKey(vault().kms, name);
        store.update({ selectedKeyId: id });
        await changed();
        tell(context, `${name} is ready. Its bytes never passed through this page.`);
      }),
    async disable(KeyId) {
      await change(KeyId, 'not disabled.', 'disabled. Nothing under it can be read now.', () =>
        vault().kms.disableKey({ KeyId }),
      );
    },
    async enable(KeyId) {
      await change(KeyId, 'not enabled.', 'enabled.', () => vault().kms.enableKey({ KeyId }));
    },
    scheduleDeletion: (KeyId, PendingWindowInDays) =>
      change(KeyId, 'deletion not scheduled.', `will be deleted in ${PendingWindowInDays} days.`, () =>
        vault().kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays }),
      ),
    async cancelDeletion(KeyId) {
      await change(
        KeyId,
        'deletion not cancelled.',
        'deletion cancelled. The key is disabled until you enable it.',
        () => vault().kms.cancelKeyDeletion({ KeyId }),
      );
    },
    select: (id) => store.update({ selectedKeyId: id }),
  };
}
