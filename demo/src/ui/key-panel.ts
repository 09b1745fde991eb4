// The keys: a form that makes one, and the list.
import type { KeyActions } from '../actions/keys.ts';
import type { State } from '../state.ts';
import { h, keyed, type View } from './dom.ts';
import { icon } from './icons.ts';
import { type KeyCardValue, keyCard } from './key-card.ts';

export function keyPanel(actions: KeyActions): View<State> {
  const name = h('input', {
    id: 'key-name',
    name: 'key-name',
    required: true,
    maxlength: 80,
    autocomplete: 'off',
    placeholder: 'for example: Diary',
  });
  const make = h('button', { type: 'submit', class: 'primary' }, 'Make key');
  const form = h(
    'form',
    {
      class: 'key-form',
      autocomplete: 'off',
      async onsubmit(event: SubmitEvent) {
        event.preventDefault();
        make.disabled = true;
        if (await actions.create(name.value.trim())) name.value = '';
        make.disabled = false;
        name.focus();
      },
    },
    h('label', { for: 'key-name' }, 'Name of a new key'),
    h('div', { class: 'row' }, name, make),
  );
  const list = h('ul', { class: 'keys', 'aria-labelledby': 'keys-title' });
  const none = h(
    'p',
    { class: 'hint' },
    'A vault starts with a key. It is made inside the browser, stays there, and can be used by this page but not read by it.',
  );
  const draw = keyed<KeyCardValue>(
    list,
    ({ key }) => key.id,
    () => keyCard(actions),
  );
  const element = h(
    'section',
    { class: 'card panel', 'aria-labelledby': 'keys-title' },
    h('h2', { id: 'keys-title' }, icon('key'), 'Keys'),
    form,
    none,
    list,
  );
  return {
    element,
    update({ keys, items }) {
      none.hidden = keys.length > 0;
      list.hidden = keys.length === 0;
      draw(keys.map((key) => ({ key, itemCount: items.filter(({ keyId }) => keyId === key.id).length })));
    },
  };
}
