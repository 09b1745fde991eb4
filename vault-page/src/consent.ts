// The window that asks. It shows only in a window of its own, and its Allow works only after it was seen: neither a double click on
// the page that opened it must hit it, nor a click on a window that lay over it until a moment ago.
import type { Asked } from './question.ts';
import { answerer } from './window.ts';

/** How long the window must lie in front before its Allow works, in milliseconds. */
const allowAfter = 1000;
const element = <T extends HTMLElement>(selector: string): T => document.querySelector(selector) as T;

/** Whatever comes to lie over the window takes its focus, and gives it back when it goes: the time begins anew then. */
function enableWhenSeen(button: HTMLButtonElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    button.disabled = true;
    if (!document.hasFocus() || document.visibilityState !== 'visible') return;
    timer = setTimeout(() => {
      button.disabled = false;
    }, allowAfter);
  };
  for (const event of ['focus', 'blur', 'resize', 'visibilitychange']) addEventListener(event, look);
  look();
}

function show({ origin, key, operations }: Asked): void {
  element('#origin').textContent = origin;
  element('#key').textContent = key;
  element('#operations').textContent = operations.join(', ');
  const allow = element<HTMLButtonElement>('#allow');
  enableWhenSeen(allow);
  allow.addEventListener('click', () => void answer?.('allow'));
  element('#refuse').addEventListener('click', () => void answer?.('refuse'));
  element('main').hidden = false;
}

const answer = answerer(show);
