// The page that a team puts on an origin of its own and its apps embed. It keeps the keys, and serves the origins of vault.json.
import { openKms } from 'keyhaven';
import { hostKms } from 'keyhaven/host';
import { listCalls } from './calls.ts';
import { loadConfig } from './config.ts';
import { provision } from './provision.ts';
import { askIn } from './question.ts';

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const state = element('state');

async function start(): Promise<void> {
  const config = await loadConfig();
  const kms = openKms({ name: 'vault' }).then((kms) => provision(kms, config));
  hostKms(kms, {
    callers: config.callers,
    onCall: listCalls(element('calls')),
    ...(config.consent === true && { consent: (question) => askIn(element('questions'), question) }),
  });
  await kms;
  state.textContent = 'The keys are open.';
}

start().catch((error: unknown) => {
  state.textContent = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
});
