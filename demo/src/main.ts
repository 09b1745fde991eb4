// Where state, actions and the page meet.
import { itemActions } from './actions/items.ts';
import { keyActions } from './actions/keys.ts';
import { protectionActions } from './actions/protection.ts';
import { vaultActions } from './actions/vault.ts';
import { registerOffline } from './offline/register.ts';
import { initialState } from './state.ts';
import { createStore } from './store.ts';
import { app } from './ui/app.ts';

const store = createStore(initialState);
const vault = vaultActions(store);
const { context } = vault;
const actions = {
  vault,
  protection: protectionActions(context),
  keys: keyActions(context),
  items: itemActions(context),
};
const page = app(actions);
document.querySelector('#app')?.append(page.element);
store.subscribe((state) => page.update(state));
void vault.open();
void registerOffline().then((isInstalled) => store.update({ isInstalled }));

// A reload would throw away what is half encrypted: the browser asks first.
addEventListener('beforeunload', (event) => {
  if (store.get().transfers.some(({ doing }) => doing === 'Encrypting')) event.preventDefault();
});
