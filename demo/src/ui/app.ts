// The whole page: a bar, the keys, what is put in, what is in the vault, and what there is to say.
import type { ItemActions } from '../actions/items.ts';
import type { KeyActions } from '../actions/keys.ts';
import type { ProtectionActions } from '../actions/protection.ts';
import type { VaultActions } from '../actions/vault.ts';
import type { State } from '../state.ts';
import { composer } from './composer.ts';
import { h, type View } from './dom.ts';
import { failure } from './failure.ts';
import { guide } from './guide.ts';
import { itemList } from './item-list.ts';
import { keyPanel } from './key-panel.ts';
import { noticeBar } from './notice.ts';
import { protectionPanel } from './protection-panel.ts';
import { topBar } from './top-bar.ts';
import { transferList } from './transfers.ts';
import { unlockScreen } from './unlock-screen.ts';

export interface Actions {
  readonly vault: VaultActions;
  readonly protection: ProtectionActions;
  readonly keys: KeyActions;
  readonly items: ItemActions;
}

export function app(actions: Actions): View<State> {
  const bar = topBar(actions.vault);
  const instead = [failure(actions), unlockScreen(actions), guide(actions.protection)] as const;
  const notice = noticeBar();
  const sections = [
    keyPanel(actions.keys),
    protectionPanel(actions),
    composer(actions),
    transferList(actions.items),
    itemList(actions.items),
  ] as const;
  const [keys, protection, compose, transfers, items] = sections;
  const main = h(
    'main',
    { class: 'columns' },
    h('div', { class: 'side' }, keys.element, protection.element),
    h('div', {}, compose.element, transfers.element, items.element),
  );
  const opening = h('p', { class: 'opening', role: 'status' }, 'Opening the vault …');
  const parts = [opening, ...instead.map(({ element }) => element), main];
  let wasLocked = false;
  return {
    element: h('div', { class: 'page' }, bar.element, ...parts, notice.element),
    update(state) {
      const isLocked = state.phase === 'locked';
      // What was open on the page goes with everything else.
      if (isLocked && !wasLocked) for (const dialog of document.querySelectorAll('dialog')) dialog.close();
      wasLocked = isLocked;
      opening.hidden = state.phase !== 'opening';
      main.hidden = state.phase !== 'ready' || state.isGuided;
      for (const view of [bar, ...instead, ...sections, notice]) view.update(state);
    },
  };
}
