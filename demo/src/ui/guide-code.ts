// The second step of the guide: the recovery code. It is shown once, and its last group is asked for, so that it is on paper before
// anything depends on it.
import { h, setText } from './dom.ts';
import { hintOf } from './field.ts';
import type { Step } from './guide.ts';

export interface CodeStepActions {
  newCode(): string;
  back(): void;
  finish(code: string): Promise<void>;
}

/** As people read it: O is 0, I and L are 1. */
const normal = (text: string): string =>
  text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');

/** Whether somebody has the code before them. */
export const isLastGroup = (typed: string, code: string): boolean => normal(typed) === code.slice(-5);

export function codeStep({ newCode, back, finish }: CodeStepActions): Step {
  let code = '';
  const shown = h('output', { class: 'code paper', 'aria-label': 'Your new code' });
  const last = h('input', {
    id: 'last-group',
    required: true,
    maxlength: 12,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
    'aria-describedby': 'last-group-hint last-group-wrong',
  });
  const wrong = h('p', { class: 'refusal', id: 'last-group-wrong', role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Protect the vault');
  const copied = h('span', { class: 'hint', role: 'status' });
  const title = h('h2', { tabindex: -1 }, 'Write this code down');
  const element = h(
    'form',
    {
      class: 'card step',
      autocomplete: 'off',
      async onsubmit(event: SubmitEvent) {
        event.preventDefault();
        const isRight = isLastGroup(last.value, code);
        setText(wrong, isRight ? '' : 'That is not the last group. Compare it with what you wrote down.');
        if (!isRight) return last.focus();
        submit.disabled = true;
        setText(submit, 'Protecting …');
        await finish(code);
        submit.disabled = false;
        setText(submit, 'Protect the vault');
      },
    },
    h('p', { class: 'step-count' }, 'Step 2 of 2'),
    title,
    h(
      'p',
      {},
      'With this code and a backup file, everything is back, on any device, also when the first way is forgotten. It is shown once. Paper is best; a password manager is good.',
    ),
    shown,
    h(
      'div',
      { class: 'row' },
      h(
        'button',
        {
          type: 'button',
          async onclick() {
            const isCopied = await navigator.clipboard?.writeText(code).then(
              () => true,
              () => false,
            );
            setText(copied, isCopied ? 'Copied. Put it where only you look.' : 'The browser did not copy it.');
          },
        },
        'Copy',
      ),
      h('button', { type: 'button', onclick: () => print() }, 'Print'),
      copied,
    ),
    h('label', { for: 'last-group', class: 'check' }, 'Its last five characters'),
    last,
    hintOf('last-group', 'Read them from where you wrote the code down.'),
    wrong,
    h('div', { class: 'row end' }, h('button', { type: 'button', class: 'quiet', onclick: back }, 'Back'), submit),
  );
  return {
    element,
    begin() {
      if (code === '') code = newCode();
      setText(shown, code);
      title.focus();
    },
    clear() {
      code = '';
      element.reset();
      for (const each of [shown, wrong, copied]) setText(each, '');
    },
  };
}
