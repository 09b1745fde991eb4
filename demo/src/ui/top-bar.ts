// The bar: what this is, whether it works without a network, how much is stored, and whether the browser promised to keep it.
import type { VaultActions } from '../actions/vault.ts';
import { size } from '../format.ts';
import type { State } from '../state.ts';
import { h, setText, type View } from './dom.ts';
import { icon } from './icons.ts';

export function topBar(actions: VaultActions): View<State> {
  const offline = h('span', { class: 'fact', id: 'offline' }, icon('check'), 'Works offline');
  const used = h('span', { class: 'fact', id: 'storage' });
  const persist = h(
    'button',
    { type: 'button', class: 'quiet', onclick: () => void actions.persist() },
    'Ask the browser to keep it',
  );
  const kept = h('span', { class: 'fact', id: 'kept' }, icon('check'), 'Kept until you delete it');
  const lock = h('button', { type: 'button', class: 'lock', onclick: () => actions.lock() }, icon('lock'), 'Lock');
  const brand = h('h1', { class: 'brand' }, icon('wave'), h('span', {}, 'Vault'), h('small', {}, 'by keyhaven'));
  return {
    element: h('header', { class: 'bar' }, brand, h('div', { class: 'facts' }, offline, used, kept, persist, lock)),
    update({ storage, isInstalled, phase, protection }) {
      offline.hidden = !isInstalled;
      used.hidden = storage.used === undefined;
      const quota = storage.quota === undefined ? '' : ` of ${size(storage.quota)}`;
      setText(used, `${size(storage.used ?? 0)}${quota} used`);
      kept.hidden = storage.isPersisted !== true;
      persist.hidden = storage.isPersisted !== false || phase !== 'ready';
      lock.hidden = phase !== 'ready' || protection?.mode !== 'locked';
    },
  };
}
