// Who used what, and what was refused, as a list in the frame: what happened before from the trail of the keyring, which outlives the
// page, then each call as it comes.
import type { Kms, LookedUpEvent } from 'keyhaven';
import type { HostRecord } from 'keyhaven/host';
import { keepRefusal, keptRefusals } from './refusals.ts';

const most = 200;

export interface CallList {
  readonly onCall: (record: HostRecord) => void;
  /** Puts what the trail and the refusals of earlier visits tell under what is there. */
  addEarlier(kms: Kms): Promise<void>;
}

export function listCalls(list: HTMLElement): CallList {
  /** Lines by what they say: what happens again moves to the top and is counted. */
  const lines = new Map<string, { item: HTMLElement; times: number }>();

  function add(text: string, times: number): void {
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
  }

  return {
    onCall({ event, origin, operation, keyId, times, error }) {
      const outcome = error?.code ?? (event === 'connected' ? 'connected' : 'done');
      const text = [origin, operation, keyId, outcome].filter((part) => part !== undefined).join(' · ');
      add(text, times);
      if (event === 'refused') keepRefusal(text, times);
    },
    async addEarlier(kms) {
      const earlier: { readonly at: number; readonly text: string }[] = [...keptRefusals()];
      for (let NextToken: string | undefined, pages = 0; pages < most / 50; pages++) {
        const { Events, NextToken: next } = await kms.trail.lookup({ MaxResults: 50, NextToken });
        for (const event of Events) earlier.push({ at: event.EventTime.getTime(), text: textOf(event) });
        NextToken = next;
        if (next === undefined) break;
      }
      earlier.sort((a, b) => b.at - a.at);
      for (const { at, text } of earlier.slice(0, most)) {
        const item = document.createElement('li');
        const time = document.createElement('time');
        time.dateTime = new Date(at).toISOString();
        time.textContent = new Date(at).toLocaleString();
        item.append(time, ` · ${text}`);
        item.dataset['from'] = 'trail';
        list.append(item);
      }
    },
  };
}

/** As a call is shown: the origin, the operation, the key, the outcome. */
function textOf({ EventName, Resources, CloudTrailEvent }: LookedUpEvent): string {
  const { userIdentity, errorCode } = JSON.parse(CloudTrailEvent) as {
    userIdentity?: { arn?: string };
    errorCode?: string;
  };
  const who = originOf(userIdentity?.arn ?? '') ?? 'this vault';
  return [who, EventName, Resources[0]?.ResourceName, errorCode ?? 'done']
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** The origin that a principal stands for: `https://app.example.com` of `.../origin/https/app.example.com`. */
function originOf(arn: string): string | undefined {
  const [, scheme, host = ''] = /:user\/origin\/(https?)\/(.+)$/.exec(arn) ?? [];
  return scheme && `${scheme}://${host.replace('+', ':')}`;
}
