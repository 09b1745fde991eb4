// The window in which the keys are unlocked, or protected on the first run. What is typed goes to the frame that opened it, of the same
// origin, and nowhere else.
import { newRecoveryCode } from 'keyhaven/unlock';
import type { Given, Wanted } from './unlocking.ts';
import { answerer, type Reply } from './window.ts';

const element = <T extends HTMLElement>(selector: string): T => document.querySelector(selector) as T;
const input = (selector: string): HTMLInputElement => element<HTMLInputElement>(selector);
const problem = element('#problem');

function onSubmit(selector: string, read: () => Given | string): void {
  const form = element<HTMLFormElement>(selector);
  const button = form.querySelector('button[type=submit]') as HTMLButtonElement;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const given = read();
    button.disabled = true;
    problem.textContent = typeof given === 'string' ? '' : 'One moment …';
    const told: Reply = typeof given === 'string' ? given : await answer?.(given);
    problem.textContent = told ?? '';
    button.disabled = false;
  });
}

function show(wanted: Wanted): void {
  element(wanted === 'set-up' ? '#set-up' : '#unlock').hidden = false;
  if (wanted === 'unlock') {
    input('#passphrase').focus();
    return;
  }
  const code = newRecoveryCode();
  element('#code').textContent = code;
  onSubmit('#set-up form', () =>
    input('#last').value.trim().toUpperCase() === code.slice(-5)
      ? { kind: 'set-up', passphrase: input('#new-passphrase').value, code }
      : 'Those are not the last five characters of the code. Write it down first.',
  );
  input('#new-passphrase').focus();
}

onSubmit('#by-passphrase', () => ({ kind: 'passphrase', text: input('#passphrase').value }));
onSubmit('#by-code', () => ({ kind: 'recovery-code', text: input('#recovery-code').value }));
const answer = answerer<Wanted>(show);
