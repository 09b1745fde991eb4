// Shown in place of a locked vault: one form for each way that opens it, and the way back where none is left.

import type { MethodView, State } from '../state.ts';
import type { Secret } from '../vault/protection.ts';
import type { Actions } from './app.ts';
import { h, setText, type View } from './dom.ts';
import { type SecretField, secretField } from './field.ts';
import { icon } from './icons.ts';
import { restoreDialog } from './restore-dialog.ts';

export function unlockScreen({ vault, protection }: Actions): View<State> {
  const passphrase = secretField({ id: 'passphrase', label: 'Passphrase', autocomplete: 'current-password' });
  const code = secretField({
    id: 'recovery-code',
    label: 'Recovery code',
    hint: 'From your paper. Case, spaces and dashes do not matter, and one slip of the hand is put right.',
    autocomplete: 'current-password',
  });
  const buttons: HTMLButtonElement[] = [];
  const status = h('p', { class: 'hint', role: 'status' });

  async function unlock(secret: Secret, field?: SecretField): Promise<void> {
    for (const button of buttons) button.disabled = true;
    setText(status, 'Opening …');
    const isOpen = await vault.unlock(secret);
    for (const button of buttons) button.disabled = false;
    setText(status, '');
    field?.clear();
    if (!isOpen) field?.input.focus();
  }
  function way(kind: MethodView['kind'], button: string, field: SecretField | undefined): HTMLElement {
    const submit = h('button', { type: 'submit', class: 'primary' }, button);
    buttons.push(submit);
    return h(
      'form',
      {
        'data-way': kind,
        onsubmit(event: SubmitEvent) {
          event.preventDefault();
          if (kind === 'passkey') void unlock({ kind });
          else if (kind === 'passphrase' || kind === 'recovery-code')
            void unlock({ kind, text: field?.input.value ?? '' }, field);
        },
      },
      ...(field ? [field.element] : []),
      h('div', { class: 'row end' }, submit),
    );
  }
  const ways = [way('passkey', 'Unlock with a passkey', undefined), way('passphrase', 'Unlock', passphrase)];
  const byCode = way('recovery-code', 'Unlock with the code', code);
  const other = h('details', {}, h('summary', {}, 'Use the recovery code'), byCode);
  const title = h('h2', { tabindex: -1 }, icon('lock'), 'The vault is locked');
  const element = h(
    'main',
    { class: 'card unlock', hidden: true },
    title,
    h('p', {}, 'Nothing in it can be read, here or on the disk, until you open it.'),
    ...ways,
    status,
    other,
    h(
      'p',
      { class: 'hint' },
      'None of them works any more? ',
      h('button', { type: 'button', class: 'link', onclick: () => restoreDialog(protection) }, 'Restore from a backup'),
    ),
  );
  let isShown = false;
  return {
    element,
    update({ phase, protection: view }) {
      const isLocked = phase === 'locked';
      element.hidden = !isLocked;
      const kinds = view?.methods.map(({ kind }) => kind) ?? [];
      for (const form of [...ways, byCode]) form.hidden = !kinds.includes(form.dataset['way'] as MethodView['kind']);
      other.hidden = byCode.hidden;
      const isReady = isLocked && kinds.length > 0;
      if (isReady === isShown) return;
      isShown = isReady;
      if (!isReady) return;
      const field = element.querySelector<HTMLElement>('form:not([hidden]) input');
      (field?.checkVisibility?.() === false ? title : (field ?? title)).focus();
    },
  };
}
