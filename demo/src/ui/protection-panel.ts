// What keeps the vault: the ways that open it, the last backup, when it locks, and what is still on this device only.
import { count, day } from '../format.ts';
import type { AutoLockChoice, ProtectionView, State } from '../state.ts';
import type { Actions } from './app.ts';
import { h, setText, type View } from './dom.ts';
import { icon } from './icons.ts';
import { restoreDialog } from './restore-dialog.ts';
import { saveAs } from './save.ts';

const modes: Readonly<Record<ProtectionView['mode'], string>> = {
  device:
    'This browser has the only copy. If its storage is cleared, or the device is lost, everything in the vault is gone.',
  recoverable: 'This browser opens the vault by itself. With a backup and one of these, it comes back anywhere:',
  locked: 'Nothing on this disk opens without one of these:',
};
const lockTimes: readonly (readonly [AutoLockChoice, string])[] = [
  ['1', 'after a minute without use'],
  ['5', 'after 5 minutes without use'],
  ['15', 'after 15 minutes without use'],
  ['hide', 'as soon as this page is hidden'],
  ['never', 'only when I lock it'],
];

export function protectionPanel({ vault, protection: actions }: Actions): View<State> {
  const meaning = h('p', { class: 'hint' });
  const methods = h('ul', { class: 'methods', 'aria-label': 'Ways to open the vault' });
  const backup = h('p', { class: 'facts-line' });
  const older = h('p', { class: 'facts-line' });
  const guide = h(
    'button',
    { type: 'button', class: 'primary', onclick: () => actions.openGuide() },
    'Set up recovery',
  );
  const save = h(
    'button',
    {
      type: 'button',
      async onclick() {
        save.disabled = true;
        const file = await actions.backUp();
        save.disabled = false;
        if (file) saveAs(file, 'vault.keyhaven');
      },
    },
    'Save a backup',
  );
  const renew = h(
    'button',
    {
      type: 'button',
      async onclick() {
        renew.disabled = true;
        await actions.renew();
        renew.disabled = false;
      },
    },
    'Bring them along',
  );
  const restore = h(
    'button',
    { type: 'button', class: 'quiet', onclick: () => restoreDialog(actions) },
    'Restore from a backup',
  );
  const lockTime = h(
    'select',
    { id: 'auto-lock', autocomplete: 'off', onchange: () => vault.setAutoLock(lockTime.value as AutoLockChoice) },
    ...lockTimes.map(([value, text]) => h('option', { value }, text)),
  );
  const locking = h('div', { class: 'locking' }, h('label', { for: 'auto-lock' }, 'Locks by itself'), lockTime);
  const element = h(
    'section',
    { class: 'card panel', 'aria-labelledby': 'protection-title' },
    h('h2', { id: 'protection-title', tabindex: -1 }, icon('lock'), 'Protection'),
    meaning,
    methods,
    older,
    backup,
    h('div', { class: 'row' }, guide, renew, save, restore, h('a', { href: './devices.html' }, 'Other devices')),
    locking,
  );
  return {
    element,
    update({ protection, autoLock, keys }) {
      if (!protection) return;
      const { mode, deviceOnly } = protection;
      const hasRoot = mode !== 'device';
      setText(meaning, modes[mode]);
      methods.replaceChildren(...protection.methods.map(({ label }) => h('li', { class: 'pill' }, label)));
      methods.hidden = !hasRoot;
      setText(older, `${count(deviceOnly.length, 'key')} made before the guide: in no backup yet.`);
      for (const each of [older, renew]) each.hidden = deviceOnly.length === 0;
      setText(backup, backupText(protection));
      backup.hidden = !hasRoot || keys.length === 0;
      backup.classList.toggle('due', protection.backup?.isCurrent !== true);
      for (const each of [save]) each.hidden = !hasRoot || keys.length === 0;
      guide.hidden = hasRoot;
      locking.hidden = mode !== 'locked';
      lockTime.value = autoLock;
    },
  };
}

function backupText({ backup }: ProtectionView): string {
  if (backup === undefined) return 'No backup yet: the code alone brings nothing back.';
  return backup.isCurrent ? `Backed up ${day(backup.at)}.` : `Changed since the backup of ${day(backup.at)}.`;
}
