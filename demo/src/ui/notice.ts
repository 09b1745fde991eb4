// What just happened, at the foot of the page. Successes leave by themselves; errors stay, with the error's own code and words.
import type { State } from '../state.ts';
import { h, setText, type View } from './dom.ts';

const readingTime = 6000;

export function noticeBar(): View<State> {
  const good = h('p', { class: 'notice good', hidden: true });
  const text = h('strong');
  const meaning = h('p');
  const code = h('code');
  const message = h('span');
  const dismiss = h('button', { type: 'button', class: 'quiet', onclick: () => hide() }, 'Dismiss');
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
  const hide = () => {
    good.hidden = true;
    bad.hidden = true;
    // It may name what is in the vault, which may be locked by now.
    for (const each of [good, text, meaning, code, message]) setText(each, '');
  };
  return {
    element,
    update({ notice }) {
      if (!notice) return hide();
      if (notice.id === shown) return;
      shown = notice.id;
      clearTimeout(timer);
      hide();
      if (!notice.problem) {
        setText(good, notice.text);
        good.hidden = false;
        timer = setTimeout(hide, readingTime);
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
