// A field for a secret: with its label, a hint that belongs to it, and a button that shows what was typed.
import { type Child, h } from './dom.ts';

export interface SecretField {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  clear(): void;
}

export interface SecretFieldOptions {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly minlength?: number;
  /** For password managers: whether it is a new secret. */
  readonly autocomplete: 'new-password' | 'current-password';
}

export function secretField({ id, label, hint, minlength, autocomplete }: SecretFieldOptions): SecretField {
  const input = h('input', {
    id,
    type: 'password',
    required: true,
    minlength,
    autocomplete,
    spellcheck: 'false',
    autocapitalize: 'none',
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
  });
  const show = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      'aria-pressed': 'false',
      'aria-controls': id,
      onclick() {
        const isShown = input.type === 'password';
        input.type = isShown ? 'text' : 'password';
        show.setAttribute('aria-pressed', String(isShown));
      },
    },
    'Show',
  );
  return {
    element: h(
      'div',
      {},
      // Password managers file a secret under an account; the vault has one.
      h('input', { type: 'text', autocomplete: 'username', value: 'vault', hidden: true, readonly: true }),
      h('label', { for: id }, label),
      h('div', { class: 'with-button' }, input, show),
      hintOf(id, hint),
    ),
    input,
    clear() {
      input.value = '';
      input.type = 'password';
      show.setAttribute('aria-pressed', 'false');
    },
  };
}

export const hintOf = (id: string, hint: string | undefined): Child =>
  hint === undefined ? undefined : h('p', { class: 'hint', id: `${id}-hint` }, hint);

/** One of several choices, with what it means. */
export function choice(name: string, value: string, label: string, meaning: string, isChosen: boolean): HTMLElement {
  const id = `${name}-${value}`;
  return h(
    'div',
    { class: 'choice' },
    h('input', { id, type: 'radio', name, value, checked: isChosen, 'aria-describedby': `${id}-hint` }),
    h('label', { for: id }, label),
    hintOf(id, meaning),
  );
}
