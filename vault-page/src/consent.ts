// The window that asks. It shows only in a window of its own, and its Allow works only after it was seen: a double click on
// the page that opened it must not hit it.
import type { Asked } from './question.ts';

const allowAfter = 1000;
const here = { targetOrigin: location.origin };
const opener = window.opener as Window | null;
const element = <T extends HTMLElement>(selector: string): T => document.querySelector(selector) as T;

function show({ origin, key, operations }: Asked): void {
  element('#origin').textContent = origin;
  element('#key').textContent = key;
  element('#operations').textContent = operations.join(', ');
  const allow = element<HTMLButtonElement>('#allow');
  setTimeout(() => {
    allow.disabled = false;
  }, allowAfter);
  const answer = (data: 'allow' | 'refuse') => (): void => {
    opener?.postMessage(data, here);
    close();
  };
  allow.addEventListener('click', answer('allow'));
  element('#refuse').addEventListener('click', answer('refuse'));
  element('main').hidden = false;
}

if (opener !== null && window.top === window) {
  const onMessage = ({ source, origin, data }: MessageEvent): void => {
    if (source !== opener || origin !== location.origin) return;
    removeEventListener('message', onMessage);
    show(data as Asked);
  };
  addEventListener('message', onMessage);
  opener.postMessage('ready', here);
}
