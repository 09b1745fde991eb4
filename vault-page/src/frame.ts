// The page that a team puts on an origin of its own and its apps embed. It keeps the keys, and serves the origins of vault.json.
import { type Kms, openKms } from 'keyhaven';
import { type Host, hostKms } from 'keyhaven/host';
import { autoLock } from 'keyhaven/unlock';
import { listCalls } from './calls.ts';
import { loadConfig, type VaultConfig } from './config.ts';
import { listConsents } from './consents.ts';
import { provision } from './provision.ts';
import { askIn } from './question.ts';
import { unlockIn } from './unlocking.ts';

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const state = element('state');
const lock = element('lock');

async function start(): Promise<void> {
  const config = await loadConfig();
  let open = (_: Kms): void => {};
  let fail = (_: unknown): void => {};
  // Pages wait until the keys are there and, where they are locked, until the user has unlocked them.
  const service = new Promise<Kms>((resolve, reject) => {
    [open, fail] = [resolve, reject];
  });
  const calls = listCalls(element('calls'));
  const host = hostKms(service, {
    callers: config.callers,
    onCall: calls.onCall,
    ...(config.consent === true && {
      consent: async (question) => {
        const answer = await askIn(element('questions'), question);
        // The grant is made of the answer.
        setTimeout(() => void service.then((kms) => listConsents(element('consents'), kms, config)), 500);
        return answer;
      },
    }),
  });
  try {
    // The trail is on: it has every call, allowed or denied, of all visits.
    const kms = await openKms({ name: 'vault', trail: 'grouped' });
    if (config.locked === true) await untilOpen(kms, host, config);
    await calls.addEarlier(kms);
    await provision(kms, config);
    await listConsents(element('consents'), kms, config);
    open(kms);
    state.textContent = 'The keys are open.';
  } catch (error) {
    fail(error);
    throw error;
  }
}

/** Has the keys unlocked by the user now, and again each time that they were locked. */
async function untilOpen(kms: Kms, host: Host, { lockAfter = 15 }: VaultConfig): Promise<void> {
  async function ask(): Promise<void> {
    state.textContent = 'The keys are locked.';
    lock.hidden = true;
    host.prompt(true);
    await unlockIn(element('questions'), kms, (await kms.protection()).mode === 'locked' ? 'unlock' : 'set-up');
    host.prompt(false);
    state.textContent = 'The keys are open.';
    lock.hidden = false;
  }
  const { mode, isLocked } = await kms.protection();
  if (mode !== 'locked' || isLocked) await ask();
  kms.onLock(() => void ask());
  lock.hidden = false;
  lock.addEventListener('click', () => kms.lock());
  autoLock(kms, { idle: lockAfter * 60_000 });
}

start().catch((error: unknown) => {
  state.textContent = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
});
