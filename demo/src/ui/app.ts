// The whole page: a bar, the keys, what is put in, what is in the vault, and what there is to say.
import type { ItemActions } from '../actions/items.ts';
import type { KeyActions } from '../actions/keys.ts';
import type { VaultActions } from '../actions/vault.ts';
import type { State } from '../state.ts';
import { composer } from './composer.ts';
import { h, type View } from './dom.ts';
import { failure } from './failure.ts';
import { itemList } from './item-list.ts';
import { keyPanel } from './key-panel.ts';
import { noticeBar } from './notice.ts';
import { topBar } from './top-bar.ts';
import { transferList } from './transfers.ts';

export interface Actions {
  readonly vault: VaultActions;
  readonly keys: KeyActions;
  readonly items: ItemActions;
}

export function app(actions: Actions): View<State> {
  const bar = topBar(actions.vault);
  const failed = failure(actions.vault);
  const notice = noticeBar();
  const sections = [
    keyPanel(actions.keys),
    composer(actions),
    transferList(actions.items),
    itemList(actions.items),
  ] as const;
  const [keys, compose, transfers, items] = sections;
  const main = h(
    'main',
    { class: 'columns' },
    keys.element,
    h('div', {}, compose.element, transfers.element, items.element),
  );
  const opening = h('p', { class: 'opening', role: 'status' }, 'Opening the vault …');
  return {
    element: h('div', { class: 'page' }, bar.element, opening, failed.element, main, notice.element),
    update(state) {
      opening.hidden = state.phase !== 'opening';
      main.hidden = state.phase !== 'ready';
      for (const view of [bar, failed, ...sections, notice]) view.update(state);
    },
  };
}
