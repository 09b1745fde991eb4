// The first step of the guide: what opens the vault from day to day, and how often it is asked for.
import type { Plan } from '../actions/protection.ts';
import { mayUsePasskey } from '../vault/protection.ts';
import { h } from './dom.ts';
import { choice, secretField } from './field.ts';
import type { Step } from './guide.ts';

export function methodStep(next: (plan: Pick<Plan, 'mode' | 'secret'>) => void): Step {
  const passphrase = secretField({
    id: 'new-passphrase',
    label: 'New passphrase',
    hint: 'At least 12 characters. Four or five words that have nothing to do with each other are good, and easy to keep.',
    minlength: 12,
    autocomplete: 'new-password',
  });
  const passkey = choice(
    'way',
    'passkey',
    'A passkey',
    'Your fingerprint, face or screen lock. Nothing to remember.',
    false,
  );
  const ways = h(
    'fieldset',
    { class: 'choices' },
    h('legend', {}, 'What opens it?'),
    choice('way', 'passphrase', 'A passphrase', 'Works in every browser.', true),
    passkey,
  );
  const modes = h(
    'fieldset',
    { class: 'choices' },
    h('legend', {}, 'When is it asked for?'),
    choice(
      'mode',
      'locked',
      'At every visit',
      'Nothing on this disk opens without it. Best where a device may be stolen.',
      true,
    ),
    choice(
      'mode',
      'recoverable',
      'Only when all is lost',
      'This browser opens the vault by itself, and so does who copies its profile.',
      false,
    ),
  );
  const title = h('h2', { tabindex: -1 }, 'Keep this vault, whatever happens');
  const form = h(
    'form',
    {
      class: 'card step',
      autocomplete: 'off',
      onsubmit(event: SubmitEvent) {
        event.preventDefault();
        const mode = chosen('mode') === 'recoverable' ? 'recoverable' : 'locked';
        const secret =
          chosen('way') === 'passkey'
            ? ({ kind: 'passkey' } as const)
            : ({ kind: 'passphrase', text: passphrase.input.value } as const);
        next({ mode, secret });
      },
      onchange: () => draw(),
    },
    h('p', { class: 'step-count' }, 'Step 1 of 2'),
    title,
    h(
      'p',
      {},
      'Browsers may clear what pages store, and devices get lost. Set up two ways to open the vault, and it comes back. It takes less than a minute.',
    ),
    ways,
    passphrase.element,
    modes,
    h('div', { class: 'row end' }, h('button', { type: 'submit', class: 'primary' }, 'Next: a code for paper')),
  );
  const chosen = (name: string): string => String(new FormData(form).get(name));
  const draw = (): void => {
    const isPassphrase = chosen('way') === 'passphrase';
    passphrase.element.hidden = !isPassphrase;
    passphrase.input.disabled = !isPassphrase;
  };
  passkey.hidden = true;
  void mayUsePasskey().then((may) => {
    passkey.hidden = !may;
  });
  return {
    element: form,
    begin() {
      draw();
      title.focus();
    },
    clear() {
      form.reset();
      passphrase.clear();
      draw();
    },
  };
}
