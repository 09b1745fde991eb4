// Shown in place of the vault where it cannot be opened: what is wrong, and what can be done.
import type { State } from '../state.ts';
import type { Actions } from './app.ts';
import { h, setText, type View } from './dom.ts';
import { restoreDialog } from './restore-dialog.ts';

export function failure({ vault: actions, protection }: Actions): View<State> {
  const meaning = h('p', { class: 'meaning' });
  const code = h('code');
  const message = h('span');
  const again = h('button', { type: 'button', onclick: () => void actions.open() }, 'Try again');
  const startOver = h(
    'button',
    { type: 'button', class: 'danger', onclick: () => void actions.open(true) },
    'Go on without the lost keys',
  );
  const restore = h(
    'button',
    { type: 'button', class: 'primary', onclick: () => restoreDialog(protection) },
    'Restore from a backup',
  );
  const element = h(
    'section',
    { class: 'card failure', role: 'alert', hidden: true },
    h('h2', {}, 'The vault cannot be opened'),
    meaning,
    h('p', { class: 'own-words' }, code, ' ', message),
    h('div', { class: 'row' }, restore, again, startOver),
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
      restore.hidden = problem.code !== 'StoreEvicted';
    },
  };
}
