// Shows decrypted content, and hands it out as a file. Plaintext lives here while the dialog is open: then its bytes are wiped
// and its address is revoked.
import type { ItemActions, Opened } from '../actions/items.ts';
import { size } from '../format.ts';
import type { ItemView } from '../state.ts';
import { showDialog } from './dialog.ts';
import { type Child, h, setText } from './dom.ts';
import { saveAs } from './save.ts';

/** Text beyond this is left to the download. A preview opens only the chunks that it shows. */
const mostPreview = 65_536;
const images = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;
const texts = /^text\/|^application\/(json|xml|javascript)$/;

export async function viewer(actions: ItemActions, item: ItemView): Promise<void> {
  const type = item.label?.type ?? '';
  if (await showAtAddress(actions, item)) return;
  const isImage = images.test(type);
  const opened = await actions.open(
    item,
    item.kind === 'note' || isImage ? undefined : texts.test(type) ? mostPreview : 0,
  );
  if (!opened) return;
  const address = isImage ? URL.createObjectURL(new Blob(opened.parts, { type })) : undefined;
  const onClose = () => {
    for (const part of opened.parts) part.fill(0);
    if (address) URL.revokeObjectURL(address);
  };
  showDialog({ title: opened.label.title, className: 'wide viewer', onClose }, (close) => [
    ...content(opened, address),
    buttons(actions, item, close),
  ]);
}

function content({ item, label, parts, isWhole }: Opened, address: string | undefined): Child[] {
  if (address) return [h('img', { src: address, alt: `Preview of ${label.title}` })];
  if (item.kind === 'file' && !texts.test(label.type)) {
    return [
      h(
        'p',
        { class: 'hint' },
        `${size(label.size)}, ${label.type || 'of unknown type'}. The key opens it; there is no preview for this kind of file.`,
      ),
    ];
  }
  const decoder = new TextDecoder();
  const text = parts.map((part) => decoder.decode(part, { stream: true })).join('');
  const shownOf = isWhole
    ? undefined
    : h('p', { class: 'hint' }, `The first ${size(mostPreview)} of ${size(label.size)}. Only these were decrypted.`);
  return [h('pre', { class: 'text', tabindex: 0 }, text), shownOf];
}

/** Pictures, sounds and videos at an address: what an element does not ask for is not decrypted. @returns false where there is none */
async function showAtAddress(actions: ItemActions, item: ItemView): Promise<boolean> {
  const { label } = item;
  let read = 0;
  const taken = h('p', { class: 'hint', 'data-taken': 'yes' });
  const shown = await actions.show(item, (bytes) => {
    read += bytes;
    setText(taken, `${size(read)} of ${size(label?.size ?? 0)} were decrypted, as they were asked for.`);
  });
  if (!shown || !label) return false;
  const { address } = shown;
  const element = label.type.startsWith('image/')
    ? h('img', { src: address, alt: `Preview of ${label.title}` })
    : label.type.startsWith('video/')
      ? h('video', { src: address, controls: true, preload: 'metadata', 'aria-label': label.title })
      : h('audio', { src: address, controls: true, preload: 'metadata', 'aria-label': label.title });
  const onClose = () => {
    element.removeAttribute('src');
    if (element instanceof HTMLMediaElement) element.load();
    shown.close();
  };
  showDialog({ title: label.title, className: 'wide viewer', onClose }, (close) => [
    element,
    taken,
    buttons(actions, item, close),
  ]);
  return true;
}

const buttons = (actions: ItemActions, item: ItemView, close: () => void): HTMLElement =>
  h(
    'div',
    { class: 'row end' },
    item.kind === 'file'
      ? h('button', { type: 'button', class: 'quiet', onclick: () => void download(actions, item) }, 'Download')
      : undefined,
    h('button', { type: 'button', class: 'primary', onclick: close }, 'Close'),
  );

export async function download(actions: ItemActions, item: ItemView): Promise<void> {
  const blob = await actions.save(item);
  if (blob) saveAs(blob, item.label?.title ?? 'file');
}
