// The number that both devices show, and the question whether it is the same.
import type { Comparison } from 'keyhaven/devices';
import { h } from '../ui/dom.ts';

/** Asks in a place of the page. @returns whether the person says that both are the same */
export const askIn =
  (place: HTMLElement) =>
  ({ number, device, signal }: Comparison): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (areSame: boolean) => {
        place.replaceChildren();
        resolve(areSame);
      };
      signal.addEventListener('abort', () => end(false), { once: true });
      const same = h('button', { type: 'button', class: 'primary', onclick: () => end(true) }, 'They are the same');
      place.replaceChildren(
        h('p', {}, `“${device}” must show the same number:`),
        h('output', { class: 'code paper', 'aria-label': 'Number to compare' }, number),
        h(
          'div',
          { class: 'row end' },
          h('button', { type: 'button', class: 'quiet', onclick: () => end(false) }, 'They differ'),
          same,
        ),
      );
      same.focus();
    });
