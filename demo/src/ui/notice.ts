// What just happened, at the foot of the page. Successes leave by themselves; errors stay until the next or until they are dismissed, with
// the error's own code and words.
import type { State } from '../state.ts';
import { h, setText, type View } from './dom.ts';

const readingTime = 6000;

export function noticeBar(): View<State> {
  const good = h('p', { class: 'notice good', hidden: true });
  const text = h('strong');
  const meaning = h('p');
  const code = h('code');
  const message = h('span');
  const dismiss = h('button', { type: 'button', class: 'quiet', onclick: () => hideBad() }, 'Dismiss');
  const bad = h(
    'div',
    { class: 'notice bad', hidden: true },
    text,
    meaning,
    h('p', { class: 'own-words' }, code, ' ', message),
    dismiss,
  );
  const element = h('div', { class: 'notices' }, h('div', { role: 'status' }, good), h('div', { role: 'alert' }, bad));
  let shown: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // It may name what is in the vault, which may be locked by now.
  const hideGood = () => {
    good.hidden = true;
    setText(good, '');
  };
  const hideBad = () => {
    bad.hidden = true;
    for (const each of [text, meaning, code, message]) setText(each, '');
  };
  return {
    element,
    update({ notice }) {
      if (!notice) {
        hideGood();
        return hideBad();
      }
      if (notice.id === shown) return;
      shown = notice.id;
      clearTimeout(timer);
      hideGood();
      if (!notice.problem) {
        setText(good, notice.text);
        good.hidden = false;
        timer = setTimeout(hideGood, readingTime);
        return;
      }
      setText(text, notice.text);
      setText(meaning, notice.problem.meaning);
      setText(code, notice.problem.code);
      setText(message, notice.problem.message);
      bad.hidden = false;
    },
  };
}
