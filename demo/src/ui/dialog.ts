// A modal dialog that is made when it is needed and gone when it closes. The browser traps focus, closes it on Escape, and
// gives the focus back to the button that opened it.
import { type Child, h } from './dom.ts';

let dialogs = 0;

export interface DialogOptions {
  readonly title: string;
  readonly className?: string;
  /** Runs when it closes, however that comes about. */
  readonly onClose?: () => void;
}

/** @param body gets the function that closes the dialog */
export function showDialog(
  { title, className = '', onClose }: DialogOptions,
  body: (close: () => void) => Child[],
): HTMLDialogElement {
  const titleId = `dialog-${++dialogs}`;
  const dialog = h('dialog', { class: `card ${className}`, 'aria-labelledby': titleId });
  dialog.append(h('h2', { id: titleId }, title), ...body(() => dialog.close()).filter((child) => child !== undefined));
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
