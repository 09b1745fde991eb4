// The guide: two ways to open the vault, in two steps. First what the person knows or has, then a code for paper.
import type { Plan, ProtectionActions } from '../actions/protection.ts';
import type { State } from '../state.ts';
import { h, type View } from './dom.ts';
import { codeStep } from './guide-code.ts';
import { methodStep } from './guide-method.ts';
import { restoreDialog } from './restore-dialog.ts';

/** One step: a form, and what it does when it comes up. */
export interface Step {
  readonly element: HTMLElement;
  begin(): void;
  /** Forgets what was entered. */
  clear(): void;
}

export function guide(actions: ProtectionActions): View<State> {
  let chosen: Pick<Plan, 'mode' | 'secret'> | undefined;
  const method = methodStep((plan) => {
    chosen = plan;
    show(code);
  });
  const code = codeStep({
    newCode: actions.newCode,
    back: () => show(method),
    async finish(text) {
      if (chosen !== undefined && (await actions.protect({ ...chosen, code: text }))) actions.closeGuide();
    },
  });
  const steps = [method, code];
  const show = (step: Step): void => {
    for (const each of steps) each.element.hidden = each !== step;
    step.begin();
  };
  const element = h(
    'main',
    { class: 'guide', hidden: true },
    ...steps.map((step) => step.element),
    h(
      'div',
      { class: 'row aside' },
      h('button', { type: 'button', class: 'quiet', onclick: () => restoreDialog(actions) }, 'I have a backup'),
      h('button', { type: 'button', class: 'quiet', onclick: () => actions.closeGuide() }, 'Not now'),
    ),
  );
  let isShown = false;
  return {
    element,
    update({ phase, isGuided }) {
      const isDue = phase === 'ready' && isGuided;
      element.hidden = !isDue;
      if (isDue === isShown) return;
      isShown = isDue;
      chosen = undefined;
      for (const step of steps) step.clear();
      if (isDue) show(method);
      else if (phase === 'ready') document.querySelector<HTMLElement>('#protection-title')?.focus();
    },
  };
}
