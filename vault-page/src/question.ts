// A question to the user: may this page use that key?
import type { ConsentQuestion } from 'keyhaven/host';
import { askInWindow } from './window.ts';

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
      // A window that was closed, or never opened, is no answer.
      await askInWindow('./consent.html', asked, async (answer) => {
        if (answer === 'allow' || answer === 'refuse') resolve(answer === 'allow');
        return undefined;
      });
      button.disabled = false;
    });
  }).finally(() => item.remove());
}
