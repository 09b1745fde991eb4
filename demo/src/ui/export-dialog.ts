// Shows what the page's own script gets when it reaches for the key.
import { explain } from '../explain.ts';
import type { KeyView } from '../state.ts';
import { tryToExport } from '../vault/export-attempt.ts';
import { showDialog } from './dialog.ts';
import { h, setText } from './dom.ts';

const onDisk =
  'Script can use a key while the page is open, but cannot take it away. On the disk, browsers do not encrypt such keys: whoever copies your browser profile has them.';
const wrapped =
  'Script can use a key while the vault is open, but cannot take it away. On the disk there is nothing that opens without your passphrase, passkey or code.';

export async function exportDialog(key: KeyView): Promise<void> {
  const result = h('div', { class: 'attempt', role: 'status' }, h('p', {}, 'Reaching for the key …'));
  const hint = h('p', { class: 'hint' });
  showDialog({ title: `The script reaches for ${key.name}`, className: 'wide' }, (close) => [
    h(
      'p',
      {},
      'This page opened the database itself, as any script here could, and asked the browser for the bytes of the key.',
    ),
    result,
    hint,
    h('div', { class: 'row end' }, h('button', { type: 'button', class: 'primary', onclick: close }, 'Close')),
  ]);
  try {
    const { found, tries } = await tryToExport(key.id);
    const rows = tries.flatMap(({ call, result: answer }) => [
      h('dt', {}, h('code', {}, call)),
      h('dd', {}, h('code', {}, answer)),
    ]);
    result.replaceChildren(h('pre', {}, found), h('dl', {}, ...rows));
    setText(hint, tries.length === 0 ? wrapped : onDisk);
  } catch (error) {
    const { code, message, meaning } = explain(error);
    result.replaceChildren(h('p', {}, meaning), h('p', { class: 'own-words' }, h('code', {}, code), ` ${message}`));
  }
}
