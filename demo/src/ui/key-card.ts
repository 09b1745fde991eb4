// One key: its name, its state, what may be done in that state.
import type { KeyActions } from '../actions/keys.ts';
import { count, day } from '../format.ts';
import type { KeyView } from '../state.ts';
import { deletionDialog } from './deletion-dialog.ts';
import { h, setText, type View } from './dom.ts';
import { exportDialog } from './export-dialog.ts';

export interface KeyCardValue {
  readonly key: KeyView;
  readonly itemCount: number;
}

const stateNames = { Enabled: 'Enabled', Disabled: 'Disabled', PendingDeletion: 'To be deleted' } as const;

export function keyCard(actions: KeyActions): View<KeyCardValue> {
  let shown: KeyView | undefined;
  const act = (action: (key: KeyView) => unknown) => () => void (shown && action(shown));
  const name = h('h3');
  const pill = h('span', { class: 'pill' });
  const alias = h('code', { class: 'alias' });
  const facts = h('p', { class: 'facts-line' });
  const button = (text: string, action: (key: KeyView) => unknown) =>
    h('button', { type: 'button', class: 'quiet', onclick: act(action) }, text);
  const disable = button('Disable', (key) => actions.disable(key.id));
  const enable = button('Enable', (key) => actions.enable(key.id));
  const schedule = button('Delete …', (key) =>
    deletionDialog(
      key,
      (days) => actions.scheduleDeletion(key.id, days),
      () => schedule.hidden && cancel.focus(),
    ),
  );
  const cancel = button('Cancel deletion', (key) => actions.cancelDeletion(key.id));
  const exportIt = button('Try to export', (key) => exportDialog(key));
  const buttons = [disable, enable, cancel, exportIt, schedule];
  const buttonsOf = {
    Enabled: [disable, exportIt, schedule],
    Disabled: [enable, exportIt, schedule],
    PendingDeletion: [cancel, exportIt],
  } as const;
  const show = (state: KeyView['state']) => {
    const visible: readonly HTMLButtonElement[] = buttonsOf[state];
    for (const each of visible) each.hidden = false;
    // Where the pressed button is about to go, the focus moves on first: hiding it would lose the focus.
    const leaving = buttons.filter((each) => !visible.includes(each));
    if (leaving.some((each) => each === document.activeElement)) visible[0]?.focus();
    for (const each of leaving) each.hidden = true;
  };
  const element = h(
    'li',
    { class: 'key' },
    h('div', { class: 'key-head' }, name, pill),
    alias,
    facts,
    h('div', { class: 'row' }, ...buttons),
  );
  return {
    element,
    update({ key, itemCount }) {
      shown = key;
      element.dataset['state'] = key.state;
      setText(name, key.name);
      setText(pill, stateNames[key.state]);
      setText(alias, key.alias ?? key.id);
      const fate = key.deletionAt ? `gone on ${day(key.deletionAt)}` : `made ${day(key.createdAt)}`;
      setText(facts, `${count(itemCount, 'item')} · ${fate}`);
      for (const each of buttons) {
        each.setAttribute('aria-label', `${each.textContent?.replace(' …', '')}: ${key.name}`);
      }
      show(key.state);
    },
  };
}
