// Shown in place of the vault where it cannot be opened: what is wrong, and what can be done.
import type { VaultActions } from '../actions/vault.ts';
import type { State } from '../state.ts';
import { h, setText, type View } from './dom.ts';

export function failure(actions: VaultActions): View<State> {
  const meaning = h('p', { class: 'meaning' });
  const code = h('code');
  const message = h('span');
  const again = h('button', { type: 'button', onclick: () => void actions.open() }, 'Try again');
  const startOver = h(
    'button',
    { type: 'button', class: 'danger', onclick: () => void actions.open(true) },
    'Go on without the lost keys',
  );
  const element = h(
    'section',
    { class: 'card failure', role: 'alert', hidden: true },
    h('h2', {}, 'The vault cannot be opened'),
    meaning,
    h('p', { class: 'own-words' }, code, ' ', message),
    h('div', { class: 'row' }, again, startOver),
  );
  return {
    element,
    update({ failure: problem }) {
      element.hidden = problem === undefined;
      if (!problem) return;
      setText(meaning, problem.meaning);
      setText(code, problem.code);
      setText(message, problem.message);
      startOver.hidden = problem.code !== 'StoreEvicted';
    },
  };
}
