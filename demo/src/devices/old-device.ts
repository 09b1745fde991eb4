// The device that has the vault: it lets another one in, and writes the backup that the other one opens.
import type { DeviceReport, Kms, UnlockMethod } from 'keyhaven';
import { addDevice } from 'keyhaven/devices';
import { passphrase, recoveryCode } from 'keyhaven/unlock';
import { count } from '../format.ts';
import { h, setText } from '../ui/dom.ts';
import { saveAs } from '../ui/save.ts';
import { belongings } from '../vault/belongings.ts';
import { openKeys, openVault } from '../vault/vault.ts';
import { askIn } from './comparison.ts';
import { outcome } from './outcome.ts';
import { askForWays } from './revocation.ts';
import { patience, transport } from './transport.ts';

export function oldDevice(): HTMLElement {
  const name = h('input', { id: 'old-name', required: true, maxlength: 128, autocomplete: 'off', value: 'My browser' });
  const code = h('input', {
    id: 'old-code',
    required: true,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
  });
  const paper = h('input', {
    id: 'old-paper',
    required: true,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
  });
  const known = h('ul', { class: 'methods', 'aria-label': 'Devices that open the vault' });
  const question = h('div', {});
  const told = outcome();
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Let it in');
  const save = h(
    'button',
    { type: 'button', hidden: true, onclick: () => void told.during('Writing …', backUp) },
    'Save a backup',
  );
  const show = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      onclick() {
        if (!paper.reportValidity()) return;
        void told.during('Looking …', () =>
          withKeys(async (kms) => {
            await list(kms);
            return known.hidden ? 'The vault is on no other device.' : '';
          }),
        );
      },
    },
    'Show its devices',
  );
  const ownWay = h('div', {}, h('label', { for: 'old-paper' }, 'Recovery code of the vault'), paper, show);
  const form = h(
    'form',
    {
      class: 'step',
      autocomplete: 'off',
      onsubmit(event: SubmitEvent) {
        event.preventDefault();
        submit.disabled = true;
        void told.during('Looking for the other device …', add).finally(() => {
          submit.disabled = false;
        });
      },
    },
    h('label', { for: 'old-name' }, 'Name of this device'),
    name,
    h('label', { for: 'old-code' }, 'Code that the other device shows'),
    code,
    ownWay,
    h('div', { class: 'row end' }, submit),
  );

  /** With the keys unlocked, where they are locked. */
  async function withKeys<T>(act: (kms: Kms, by: UnlockMethod | undefined) => Promise<T>): Promise<T> {
    const kms = await openKeys('refuse');
    try {
      const { isLocked, mode } = await kms.protection();
      const by = mode === 'locked' ? recoveryCode(paper.value) : undefined;
      if (isLocked && by) await kms.unlock(by);
      return await act(kms, by);
    } finally {
      kms.destroy();
    }
  }

  const add = (): Promise<string> =>
    withKeys(async (kms, by) => {
      const added = await addDevice(kms, {
        name: name.value,
        code: code.value,
        transport: transport(),
        opensRoot: true,
        by,
        confirm: askIn(question),
        signal: AbortSignal.timeout(patience),
      });
      await list(kms);
      save.hidden = false;
      return `“${added.name}” opens backups of this vault from now on.`;
    });

  const backUp = (): Promise<string> =>
    withKeys(async (kms) => {
      const open = await openVault(kms, 'refuse');
      try {
        const { stream } = await kms.export({ records: belongings(open) });
        saveAs(await new Response(stream).blob(), 'vault.keyhaven');
      } finally {
        open.notes.close();
        open.rows.close();
      }
      return 'The backup is saved. A device that was let in opens it, and needs no code for that.';
    });

  async function revoke(device: DeviceReport): Promise<void> {
    if (!paper.reportValidity()) return;
    const ways = await askForWays(question, device);
    if (ways === undefined) return;
    await told.during('Giving every key new material …', () =>
      withKeys(async (kms, by) => {
        const slots = [passphrase(ways.passphrase), recoveryCode(ways.code)];
        const { rotated, notRotated } = await kms.devices.revoke(device.id, { slots, by });
        // The code that opened the vault has ended; the new one was just read from paper.
        if (by !== undefined) paper.value = ways.code;
        await list(kms);
        save.hidden = false;
        const left = notRotated.length === 0 ? '' : ` ${count(notRotated.length, 'key')} could not be given any.`;
        return `“${device.name}” is out. ${count(rotated.length, 'key')} got new material.${left} Save a new backup: it still opens the old ones.`;
      }),
    );
  }

  async function list(kms: Kms): Promise<void> {
    const devices = await kms.devices.list();
    known.replaceChildren(
      ...devices.map((device) =>
        h(
          'li',
          { class: 'row' },
          h('span', { class: 'pill' }, device.name),
          h(
            'button',
            {
              type: 'button',
              class: 'quiet',
              'aria-label': `Revoke: ${device.name}`,
              onclick: () => void revoke(device),
            },
            'Revoke',
          ),
        ),
      ),
    );
    known.hidden = devices.length === 0;
    show.hidden = true;
  }

  async function begin(): Promise<void> {
    const kms = await openKeys('continue');
    const { mode, isLocked } = await kms.protection();
    ownWay.hidden = mode !== 'locked';
    paper.required = mode === 'locked';
    form.hidden = mode === 'device';
    known.hidden = true;
    if (mode === 'device')
      told.say('A vault can be on several devices once its recovery is set up: go back, and set it up.');
    else if (!isLocked) await list(kms);
    kms.destroy();
  }
  const title = h('h2', { id: 'old-title' }, 'The vault is on this device');
  void begin().catch((error: unknown) => setText(told.element, String(error)));
  return h(
    'section',
    { class: 'card panel', 'aria-labelledby': 'old-title' },
    title,
    h('p', { class: 'hint' }, 'Another device can open its backups, without a code on paper.'),
    known,
    form,
    question,
    told.element,
    h('div', { class: 'row end' }, save),
  );
}
