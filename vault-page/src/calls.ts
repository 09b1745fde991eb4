// The last calls, as a list in the frame: who used what, and what was refused. The trail of the keyring has all of them.
import type { HostRecord } from 'keyhaven/host';

const most = 200;

export function listCalls(list: HTMLElement): (record: HostRecord) => void {
  return ({ event, origin, operation, keyId, times, error }) => {
    const item = document.createElement('li');
    item.dataset['event'] = event;
    const outcome = error?.code ?? (event === 'connected' ? 'connected' : 'done');
    const count = times > 1 ? ` ${times} times` : '';
    item.textContent = [origin, operation, keyId, outcome].filter((part) => part !== undefined).join(' · ') + count;
    list.prepend(item);
    while (list.childElementCount > most) list.lastElementChild?.remove();
  };
}
