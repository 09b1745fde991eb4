// Work in progress, each with a bar and a way to stop it. Quarters are spoken, not every step.
import type { ItemActions } from '../actions/items.ts';
import { size } from '../format.ts';
import type { State, Transfer } from '../state.ts';
import { h, keyed, setText, type View } from './dom.ts';

export function transferList(actions: ItemActions): View<State> {
  const list = h('ul', { class: 'transfers', 'aria-label': 'Work in progress' });
  const spoken = h('p', { class: 'hidden', role: 'status' });
  const draw = keyed<Transfer>(
    list,
    ({ id }) => id,
    ({ id }) => transferView(() => actions.stop(id)),
  );
  return {
    element: h('div', {}, list, spoken),
    update({ transfers }) {
      list.hidden = transfers.length === 0;
      draw(transfers);
      const quarters = transfers.map(
        ({ title, doing, done, total }) => `${doing} ${title}: ${Math.floor((done * 4) / Math.max(1, total)) * 25} %`,
      );
      setText(spoken, quarters.join('. '));
    },
  };
}

function transferView(stop: () => void): View<Transfer> {
  const title = h('strong');
  const bar = h('progress');
  const facts = h('span', { class: 'facts-line' });
  const button = h('button', { type: 'button', class: 'quiet', onclick: stop }, 'Stop');
  return {
    element: h('li', { class: 'card transfer' }, title, button, bar, facts),
    update({ title: name, doing, done, total, speed }) {
      setText(title, `${doing} ${name}`);
      bar.max = Math.max(1, total);
      bar.value = done;
      bar.setAttribute('aria-label', `${doing} ${name}`);
      button.setAttribute('aria-label', `Stop: ${name}`);
      setText(facts, `${size(done)} of ${size(total)} · ${size(speed)} a second`);
    },
  };
}
