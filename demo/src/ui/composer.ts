// What goes into the vault: a note that is written here, or files. One choice of key holds for both.
import type { State } from '../state.ts';
import type { Actions } from './app.ts';
import { h, keyed, setText, type View } from './dom.ts';
import { dropZone } from './drop-zone.ts';

type Option = { readonly id: string; readonly name: string };

export function composer({ items, keys }: Actions): View<State> {
  const select = h('select', { id: 'key-choice', autocomplete: 'off', onchange: () => keys.select(select.value) });
  const title = h('input', {
    id: 'note-title',
    required: true,
    maxlength: 200,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  // `autocomplete=off` also keeps browsers from writing what is typed into their session files.
  const text = h('textarea', { id: 'note-text', rows: 5, autocomplete: 'off', spellcheck: 'false' });
  const seal = h('button', { type: 'submit', class: 'primary' }, 'Encrypt note');
  const form = h(
    'form',
    {
      class: 'note-form',
      autocomplete: 'off',
      async onsubmit(event: SubmitEvent) {
        event.preventDefault();
        seal.disabled = true;
        if (await items.writeNote(title.value.trim(), text.value)) {
          form.reset();
          title.focus();
        }
        seal.disabled = false;
      },
    },
    h('label', { for: 'note-title' }, 'Title'),
    title,
    h('label', { for: 'note-text' }, 'Note'),
    text,
    h('div', { class: 'row end' }, seal),
  );
  const zone = dropZone((files) => void items.addFiles(files));
  const options = keyed<Option>(select, ({ id }) => id, optionView);
  const fields = h(
    'fieldset',
    {},
    h('legend', { class: 'hidden' }, 'Put something in'),
    h('div', { class: 'key-choice' }, h('label', { for: 'key-choice' }, 'Encrypt under'), select),
    h('div', { class: 'halves' }, form, zone),
  );
  const element = h(
    'section',
    { class: 'card', 'aria-labelledby': 'compose-title' },
    h('h2', { id: 'compose-title' }, 'Put something in'),
    fields,
  );
  return {
    element,
    update(state) {
      // A note that is half written must not stay in a page that is locked.
      if (state.phase === 'locked') form.reset();
      const usable = state.keys.filter((key) => key.state === 'Enabled');
      fields.disabled = usable.length === 0;
      element.classList.toggle('waiting', usable.length === 0);
      options(usable.length === 0 ? [{ id: '', name: 'no enabled key' }] : usable);
      select.value = state.selectedKeyId ?? '';
    },
  };
}

function optionView(): View<Option> {
  const element = h('option');
  return {
    element,
    update({ id, name }) {
      element.value = id;
      setText(element, name);
    },
  };
}
