// Everything back: the file that was saved, and the code that was written down.
import type { ProtectionActions } from '../actions/protection.ts';
import { showDialog } from './dialog.ts';
import { h, setText } from './dom.ts';
import { hintOf } from './field.ts';

export function restoreDialog(actions: ProtectionActions): void {
  const file = h('input', { id: 'backup-file', type: 'file', required: true, accept: '.keyhaven' });
  const code = h('input', {
    id: 'backup-code',
    required: true,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
    'aria-describedby': 'backup-code-hint',
  });
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Restore');
  const status = h('p', { class: 'hint', role: 'status' });
  showDialog({ title: 'Restore from a backup' }, (close) => [
    h('p', {}, 'Keys, notes and files come back as they were when the backup was written. What is here stays.'),
    h(
      'form',
      {
        autocomplete: 'off',
        class: 'step',
        async onsubmit(event: SubmitEvent) {
          event.preventDefault();
          const [backup] = file.files ?? [];
          if (!backup) return;
          submit.disabled = true;
          setText(status, 'Restoring …');
          if (await actions.restore(backup, code.value)) return close();
          submit.disabled = false;
          setText(status, '');
          code.focus();
        },
      },
      h('label', { for: 'backup-file' }, 'Backup file'),
      file,
      h('label', { for: 'backup-code' }, 'Recovery code'),
      code,
      hintOf('backup-code', 'Six groups of five. Case, spaces and dashes do not matter.'),
      status,
      h('div', { class: 'row end' }, h('button', { type: 'button', class: 'quiet', onclick: close }, 'Cancel'), submit),
    ),
  ]);
}
