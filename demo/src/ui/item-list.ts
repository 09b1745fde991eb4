// What is in the vault.
import type { ItemActions } from '../actions/items.ts';
import type { ItemView, State } from '../state.ts';
import { h, keyed, setText, type View } from './dom.ts';
import { itemCard } from './item-card.ts';

export interface ItemCardValue {
  readonly item: ItemView;
  readonly keyName: string;
}

export function itemList(actions: ItemActions): View<State> {
  const list = h('ul', { class: 'items', 'aria-labelledby': 'items' });
  const none = h(
    'p',
    { class: 'hint' },
    'Nothing yet. What you put in is encrypted before it is stored, and never leaves this browser.',
  );
  const title = h('h2', { id: 'items', tabindex: -1 });
  const draw = keyed<ItemCardValue>(
    list,
    ({ item }) => item.id,
    () => itemCard(actions, () => title.focus()),
  );
  return {
    element: h('section', { class: 'vault', 'aria-labelledby': 'items' }, title, none, list),
    update({ items, keys }) {
      setText(title, items.length === 0 ? 'In the vault' : `In the vault (${items.length})`);
      none.hidden = items.length > 0;
      list.hidden = items.length === 0;
      draw(
        items.map((item) => ({
          item,
          keyName: keys.find(({ id }) => id === item.keyId)?.name ?? 'a key that is gone',
        })),
      );
    },
  };
}
