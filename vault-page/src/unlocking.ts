// The frame's side of unlocking: a button opens the window in which a passphrase is typed, or chosen on the first run. What comes back
// unlocks the keyring here, because where browsers keep the storage of frames apart, it is here and not in the window.
import { type Kms, KmsError } from 'keyhaven';
import { passphrase, recoveryCode } from 'keyhaven/unlock';
import { askInWindow } from './window.ts';

/** What the window is for. */
export type Wanted = 'set-up' | 'unlock';

/** What it gives. */
export type Given =
  | { readonly kind: 'set-up'; readonly passphrase: string; readonly code: string }
  | { readonly kind: 'passphrase' | 'recovery-code'; readonly text: string };

/**
 * Shows a button until the keys are unlocked.
 * @param wanted `set-up` where the keyring has no root yet
 */
export function unlockIn(list: HTMLElement, kms: Kms, wanted: Wanted): Promise<void> {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = wanted === 'set-up' ? 'Protect the keys with a passphrase' : 'Unlock the keys';
  item.append(button);
  list.append(item);
  return new Promise<void>((resolve) => {
    button.addEventListener('click', async () => {
      button.disabled = true;
      await askInWindow('./unlock.html', wanted, async (answer) => {
        try {
          await open(kms, answer as Given);
          resolve();
          return undefined;
        } catch (error) {
          return error instanceof KmsError ? error.message : 'The keys could not be unlocked.';
        }
      });
      button.disabled = false;
    });
  }).finally(() => item.remove());
}

async function open(kms: Kms, given: Given): Promise<void> {
  if (given.kind === 'set-up') {
    const slots = [passphrase(given.passphrase), recoveryCode(given.code)];
    await kms.upgrade({ to: 'locked', slots });
  } else await kms.unlock(given.kind === 'passphrase' ? passphrase(given.text) : recoveryCode(given.text));
}
