// The last calls, as a list in the frame: who used what, and what was refused. The trail of the keyring has all of them.
import type { HostRecord } from 'keyhaven/host';

const most = 200;

export function listCalls(list: HTMLElement): (record: HostRecord) => void {
  /** Lines by what they say: what happens again moves to the top and is counted. */
  const lines = new Map<string, { item: HTMLElement; times: number }>();
  return ({ event, origin, operation, keyId, times, error }) => {
    const outcome = error?.code ?? (event === 'connected' ? 'connected' : 'done');
    const text = [origin, operation, keyId, outcome].filter((part) => part !== undefined).join(' · ');
    const line = lines.get(text) ?? { item: document.createElement('li'), times: 0 };
    line.times += times;
    line.item.textContent = line.times > 1 ? `${text} · ${line.times} times` : text;
    lines.delete(text);
    lines.set(text, line);
    list.prepend(line.item);
    if (lines.size <= most) return;
    const [oldest = ''] = lines.keys();
    lines.get(oldest)?.item.remove();
    lines.delete(oldest);
  };
}
