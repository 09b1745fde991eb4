// Taking leave of a device that was lost, or sold: what that does, and the two ways that open the vault afterwards.
import type { DeviceReport } from 'keyhaven';
import { newRecoveryCode } from 'keyhaven/unlock';
import { h, setText } from '../ui/dom.ts';
import { secretField } from '../ui/field.ts';
import { isLastGroup } from '../ui/guide-code.ts';

/** What opens the vault when the device is out. */
export interface NewWays {
  readonly passphrase: string;
  readonly code: string;
}

/** Asks in a place of the page. @returns undefined where the person leaves it as it is */
export const askForWays = (place: HTMLElement, { name }: DeviceReport): Promise<NewWays | undefined> =>
  new Promise((resolve) => {
    const code = newRecoveryCode();
    const end = (ways?: NewWays): void => {
      place.replaceChildren();
      resolve(ways);
    };
    const passphrase = secretField({
      id: 'revoke-passphrase',
      label: 'Passphrase from now on',
      hint: 'At least 12 characters, and not the one of before.',
      minlength: 12,
      autocomplete: 'new-password',
    });
    const last = h('input', {
      id: 'revoke-last',
      required: true,
      maxlength: 12,
      autocomplete: 'off',
      autocapitalize: 'characters',
      spellcheck: 'false',
    });
    const wrong = h('p', { class: 'refusal', role: 'alert' });
    place.replaceChildren(
      h(
        'form',
        {
          class: 'step',
          autocomplete: 'off',
          onsubmit(event: SubmitEvent) {
            event.preventDefault();
            if (isLastGroup(last.value, code)) return end({ passphrase: passphrase.input.value, code });
            setText(wrong, 'That is not the last group. Compare it with what you wrote down.');
            last.focus();
          },
        },
        h(
          'p',
          {},
          `“${name}” opens no new backup then, and every key gets new material. What was sealed before stays open to whoever has it and an old backup. The ways that open the vault now end, and these take their place:`,
        ),
        passphrase.element,
        h('p', { class: 'hint' }, 'A new code for paper. It is shown once:'),
        h('output', { class: 'code paper', 'aria-label': 'New recovery code' }, code),
        h('label', { for: 'revoke-last' }, 'Last five characters of the new code'),
        last,
        wrong,
        h(
          'div',
          { class: 'row end' },
          h('button', { type: 'button', class: 'quiet', onclick: () => end() }, 'Leave it as it is'),
          h('button', { type: 'submit', class: 'primary' }, 'Revoke it'),
        ),
      ),
    );
    passphrase.input.focus();
  });
