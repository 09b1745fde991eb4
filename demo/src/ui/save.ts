// Hands bytes to the browser to be saved as a file.
import { h } from './dom.ts';

/** How long a saved file may take to be read before its bytes are let go of. */
const savingTime = 60_000;

export function saveAs(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), savingTime);
}
