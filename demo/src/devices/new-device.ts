// The new device: it shows a code, and opens the backup that the old one wrote for it.
import { deviceKey, offerDevice } from 'keyhaven/devices';
import { count } from '../format.ts';
import { h, setText } from '../ui/dom.ts';
import { restoreFrom } from '../vault/restoring.ts';
import { openKeys } from '../vault/vault.ts';
import { askIn } from './comparison.ts';
import { outcome } from './outcome.ts';
import { patience, transport } from './transport.ts';

export function newDevice(): HTMLElement {
  const name = h('input', {
    id: 'new-name',
    required: true,
    maxlength: 128,
    autocomplete: 'off',
    value: 'My other browser',
  });
  const code = h('output', { class: 'code paper', hidden: true, 'aria-label': 'Code for the other device' });
  const question = h('div', {});
  const told = outcome();
  const file = h('input', { id: 'new-backup', type: 'file', required: true, accept: '.keyhaven' });
  const begin = h('button', { type: 'submit', class: 'primary' }, 'Show a code');
  const restoring = h(
    'form',
    {
      class: 'step',
      hidden: true,
      autocomplete: 'off',
      onsubmit(event: SubmitEvent) {
        event.preventDefault();
        const [backup] = file.files ?? [];
        if (backup) void told.during('Restoring …', () => restore(backup));
      },
    },
    h('label', { for: 'new-backup' }, 'Backup that the other device saved for this one'),
    file,
    h('div', { class: 'row end' }, h('button', { type: 'submit', class: 'primary' }, 'Open it here')),
  );
  const offering = h(
    'form',
    {
      class: 'step',
      autocomplete: 'off',
      onsubmit(event: SubmitEvent) {
        event.preventDefault();
        begin.disabled = true;
        void told.during('Waiting for the other device …', offer).finally(() => {
          begin.disabled = false;
          show('');
        });
      },
    },
    h('label', { for: 'new-name' }, 'Name of this device'),
    name,
    h('div', { class: 'row end' }, begin),
  );

  function show(text: string): void {
    setText(code, text);
    code.hidden = text === '';
  }

  async function offer(): Promise<string> {
    const kms = await openKeys('continue');
    try {
      const from = await offerDevice(kms, {
        name: name.value,
        transport: transport(),
        onCode: (shown) => show(shown.code),
        confirm: askIn(question),
        deviceKey: await deviceKey(),
        signal: AbortSignal.timeout(patience),
      });
      restoring.hidden = false;
      return `“${from.name}” lets this device in. Save the backup there, and open it here.`;
    } finally {
      kms.destroy();
    }
  }

  return h(
    'section',
    { class: 'card panel', 'aria-labelledby': 'new-title' },
    h('h2', { id: 'new-title' }, 'This is the new device'),
    h('p', { class: 'hint' }, 'It shows a code. Type it in where the vault is.'),
    offering,
    code,
    question,
    told.element,
    restoring,
  );
}

/** What is here already goes: a new device has nothing, and its person was told. */
async function restore(backup: Blob): Promise<string> {
  const { method } = await deviceKey();
  const kms = await openKeys('continue');
  const isEmpty = (await kms.listKeys()).Keys.length === 0;
  kms.destroy();
  const added = await restoreFrom(backup, method, isEmpty ? 'replace' : 'merge');
  return `${count(added, 'key')} and what was under them are here. Go back to the vault.`;
}
