// How a part of the page says what is going on, and what went wrong.
import { explain } from '../explain.ts';
import { h, setText } from '../ui/dom.ts';

export interface Outcome {
  readonly element: HTMLElement;
  say(text: string): void;
  /** Runs something; where it fails, says why. */
  during(doing: string, act: () => Promise<string>): Promise<void>;
}

export function outcome(): Outcome {
  const element = h('p', { class: 'hint', role: 'status' });
  const say = (text: string): void => setText(element, text);
  return {
    element,
    say,
    async during(doing, act) {
      say(doing);
      try {
        say(await act());
      } catch (error) {
        const { meaning, message } = explain(error);
        say(`${meaning} ${message}`);
      }
    },
  };
}
