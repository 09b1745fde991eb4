// One note or file: what its owner sees, and under it what the disk sees.
import type { ItemActions } from '../actions/items.ts';
import { day, size } from '../format.ts';
import type { ItemView } from '../state.ts';
import { showDialog } from './dialog.ts';
import { h, setText, type View } from './dom.ts';
import { type IconName, icon } from './icons.ts';
import type { ItemCardValue } from './item-list.ts';
import { download, viewer } from './viewer.ts';

export function itemCard(actions: ItemActions, onRemoved: () => void): View<ItemCardValue> {
  let shown: ItemView | undefined;
  const act = (action: (item: ItemView) => unknown) => () => void (shown && action(shown));
  const badge = h('span', { class: 'badge' });
  const title = h('h3');
  const facts = h('p', { class: 'facts-line' });
  const refusal = h('p', { class: 'refusal' });
  const sample = h('code');
  const open = h('button', { type: 'button', onclick: act((item) => viewer(actions, item)) }, 'Open');
  const save = h(
    'button',
    { type: 'button', class: 'quiet', onclick: act((item) => download(actions, item)) },
    'Download',
  );
  const remove = h(
    'button',
    { type: 'button', class: 'quiet', onclick: act((item) => confirmRemoval(actions, item, onRemoved)) },
    'Delete',
  );
  const element = h(
    'li',
    { class: 'card item' },
    badge,
    h('div', { class: 'item-text' }, title, facts, refusal),
    h('div', { class: 'row' }, open, save, remove),
    h('p', { class: 'disk' }, h('span', {}, 'On disk'), sample),
  );
  return {
    element,
    update({ item, keyName }) {
      const isNew = shown === undefined || shown.label !== item.label;
      shown = item;
      const { label, problem } = item;
      element.classList.toggle('sealed', label === undefined);
      if (isNew) badge.replaceChildren(icon(iconOf(item)));
      setText(title, label?.title ?? 'Sealed');
      const kind = item.kind === 'note' ? 'Note' : 'File';
      const sizes = label ? `${size(label.size)}` : `${size(item.storedSize)} encrypted`;
      setText(facts, `${kind} · ${sizes} · ${day(item.createdAt)} · ${keyName}`);
      refusal.hidden = problem === undefined;
      setText(refusal, problem ? `${problem.code}: ${problem.meaning}` : '');
      setText(sample, item.sample);
      save.hidden = item.kind === 'note';
      for (const button of [open, save, remove])
        button.setAttribute('aria-label', `${button.textContent}: ${label?.title ?? 'sealed item'}`);
    },
  };
}

function iconOf({ label, kind }: ItemView): IconName {
  if (!label) return 'lock';
  if (kind === 'note') return 'note';
  return label.type.startsWith('image/') ? 'image' : 'file';
}

function confirmRemoval(actions: ItemActions, item: ItemView, onRemoved: () => void): void {
  showDialog({ title: `Delete ${item.label?.title ?? 'this sealed item'}?` }, (close) => [
    h('p', {}, 'It is removed from this browser at once. There is no other copy.'),
    h(
      'div',
      { class: 'row end' },
      h('button', { type: 'button', class: 'quiet', onclick: close }, 'Keep it'),
      h(
        'button',
        {
          type: 'button',
          class: 'danger',
          async onclick() {
            const isRemoved = await actions.remove(item);
            close();
            if (isRemoved) onRemoved();
          },
        },
        'Delete',
      ),
    ),
  ]);
}
