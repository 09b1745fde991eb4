// Files of the vault at addresses, for as long as they are shown: an element asks for a range, the service worker for its bytes, and only
// the chunks of that range are decrypted, here, under the page's keys.
import { type EncryptedReader, rangeResponse } from 'keyhaven/streams';
import type { OpenedAnswer, OpenedPath, OpenedRequest, OpenedWish } from '../offline/opened.ts';

/** What a browser shows and never runs. */
const shown = /^(image\/(png|jpeg|gif|webp|avif|bmp)|(audio|video)\/[\w.+-]+)$/;

export interface OpenedFile {
  readonly address: string;
  /** Ends the address. */
  close(): void;
}

interface Entry {
  readonly reader: EncryptedReader;
  readonly type: string;
  readonly onRead: (bytes: number) => void;
}

const openedPath: OpenedPath = 'opened/';
const entries = new Map<string, Entry>();

/** Whether a type can have an address, here and now: without a service worker there is none. */
export const canBeAddressed = (type: string): boolean =>
  shown.test(type) && navigator.serviceWorker?.controller !== undefined && navigator.serviceWorker.controller !== null;

/** @param onRead called with the plaintext bytes of each piece that an element has taken */
export function addressOf(reader: EncryptedReader, type: string, onRead: (bytes: number) => void): OpenedFile {
  const name = crypto.randomUUID();
  entries.set(name, { reader, type, onRead });
  return { address: `./${openedPath}${name}`, close: () => void entries.delete(name) };
}

navigator.serviceWorker?.addEventListener('message', ({ data, ports: [port] }: MessageEvent<OpenedRequest>) => {
  if (data?.kind === 'opened' && port) answer(data, port);
});

function answer({ name, range }: OpenedRequest, port: MessagePort): void {
  const entry = entries.get(name);
  const tell = (message: OpenedAnswer, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  if (entry === undefined) {
    tell({ kind: 'begin', status: 404, headers: [] });
    return;
  }
  const request = new Request(location.href, range === null ? {} : { headers: { range } });
  const { body, headers, status } = rangeResponse(entry.reader, request, { type: entry.type });
  const pieces = body?.getReader();
  port.onmessage = async ({ data: wish }: MessageEvent<OpenedWish>) => {
    if (wish === 'cancel') return void pieces?.cancel().catch(() => {});
    try {
      // A file that is no longer shown is no longer read.
      const { done, value } = entries.has(name) && pieces ? await pieces.read() : { done: true, value: undefined };
      if (done || value === undefined) return tell({ kind: 'end' });
      entry.onRead(value.length);
      tell({ kind: 'piece', bytes: value as Uint8Array<ArrayBuffer> }, [value.buffer as ArrayBuffer]);
    } catch {
      tell({ kind: 'failed' });
    }
  };
  tell({ kind: 'begin', status, headers: [...headers] });
}
