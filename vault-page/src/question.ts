// A question to the user, in a window of its own. The page that embeds this frame can draw over it, so nothing is decided in the
// frame: its button opens a window of this origin, which nobody can draw over and whose address bar says whose it is.
import type { ConsentQuestion } from 'keyhaven/host';

/** What the window is told. */
export interface Asked {
  readonly origin: string;
  readonly key: string;
  readonly operations: readonly string[];
}

/** Puts a line with a button into the frame, and waits for the answer of the window that it opens. */
export function askIn(list: HTMLElement, question: ConsentQuestion): Promise<boolean> {
  const asked: Asked = {
    origin: question.origin,
    key: question.key.Description || question.key.KeyId,
    operations: question.operations,
  };
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = `${asked.origin} wants to use ${asked.key}. Decide`;
  item.append(button);
  list.append(item);
  return new Promise<boolean>((resolve) => {
    button.addEventListener('click', async () => {
      button.disabled = true;
      const answer = await askInWindow(asked);
      button.disabled = false;
      // A window that was closed, or never opened, is no answer.
      if (answer !== undefined) resolve(answer);
    });
  }).finally(() => item.remove());
}

function askInWindow(asked: Asked): Promise<boolean | undefined> {
  const window = open('./consent.html', '_blank', 'popup,width=480,height=420');
  if (window === null) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const finish = (answer: boolean | undefined): void => {
      clearInterval(timer);
      removeEventListener('message', onMessage);
      resolve(answer);
    };
    const onMessage = ({ source, origin, data }: MessageEvent): void => {
      if (source !== window || origin !== location.origin) return;
      if (data === 'ready') window.postMessage(asked, { targetOrigin: location.origin });
      else if (data === 'allow' || data === 'refuse') finish(data === 'allow');
    };
    const timer = setInterval(() => {
      if (window.closed) finish(undefined);
    }, 500);
    addEventListener('message', onMessage);
  });
}
