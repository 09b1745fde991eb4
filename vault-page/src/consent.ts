// The window that asks. It shows only in a window of its own, and its Allow works only after it was seen: a double click on
// the page that opened it must not hit it.
import type { Asked } from './question.ts';
import { answerer } from './window.ts';

const allowAfter = 1000;
const element = <T extends HTMLElement>(selector: string): T => document.querySelector(selector) as T;

function show({ origin, key, operations }: Asked): void {
  element('#origin').textContent = origin;
  element('#key').textContent = key;
  element('#operations').textContent = operations.join(', ');
  const allow = element<HTMLButtonElement>('#allow');
  setTimeout(() => {
    allow.disabled = false;
  }, allowAfter);
  allow.addEventListener('click', () => void answer?.('allow'));
  element('#refuse').addEventListener('click', () => void answer?.('refuse'));
  element('main').hidden = false;
}

const answer = answerer(show);
