// Locking by itself, as the person chose. The keys know when they were used last; typing a note uses none, so it is told to them.
import type { Kms } from 'keyhaven';
import { autoLock } from 'keyhaven/unlock';
import type { AutoLockChoice, State } from '../state.ts';
import type { Store } from '../store.ts';

const mark = 'vault-auto-lock';
const choices: readonly AutoLockChoice[] = ['never', 'hide', '1', '5', '15'];
const minute = 60_000;
/** How often what the person does is told, at most. */
const interval = 20_000;

export interface AutoLocking {
  begin(kms: Kms): void;
  end(): void;
  choose(choice: AutoLockChoice): void;
}

export function autoLocking(store: Store<State>): AutoLocking {
  let kms: Kms | undefined;
  let stop = (): void => {};
  let toldAt = 0;
  const onActivity = (): void => {
    const now = Date.now();
    if (!kms || store.get().phase !== 'ready' || now - toldAt < interval) return;
    toldAt = now;
    kms.generateRandom({ NumberOfBytes: 1 }).catch(() => {});
  };

  function apply(): void {
    stop();
    stop = () => {};
    const { autoLock: choice, protection } = store.get();
    if (!kms || protection?.mode !== 'locked' || choice === 'never') return;
    const end = autoLock(kms, choice === 'hide' ? { onHide: true } : { idle: Number(choice) * minute });
    if (choice !== 'hide') for (const type of ['keydown', 'pointerdown']) addEventListener(type, onActivity);
    stop = () => {
      end();
      for (const type of ['keydown', 'pointerdown']) removeEventListener(type, onActivity);
    };
  }

  const chosen = localStorage.getItem(mark) as AutoLockChoice;
  store.update({ autoLock: choices.includes(chosen) ? chosen : '5' });
  return {
    begin(opened) {
      kms = opened;
      apply();
    },
    end() {
      stop();
      stop = () => {};
      kms = undefined;
    },
    choose(autoLock) {
      localStorage.setItem(mark, autoLock);
      store.update({ autoLock });
      apply();
    },
  };
}
