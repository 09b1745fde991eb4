// The service worker's part of decrypted files at addresses: it asks the page, and streams what the page gives.
import type { OpenedAnswer, OpenedRequest, OpenedWish } from './opened.ts';

export interface Client {
  postMessage(message: OpenedRequest, transfer: Transferable[]): void;
}

/** A page that does not answer is gone. */
const patience = 10_000;

export async function serveOpened(client: Client | undefined, request: Request, name: string): Promise<Response> {
  // Never as a page of this origin, also where somebody opens the address in a tab.
  if (client === undefined || !['image', 'audio', 'video'].includes(request.destination))
    return new Response('Not a page.', { status: 403 });
  const { port1: port, port2 } = new MessageChannel();
  const waiting: ((answer: OpenedAnswer) => void)[] = [];
  port.onmessage = ({ data }: MessageEvent<OpenedAnswer>) => waiting.shift()?.(data);
  const next = (): Promise<OpenedAnswer> => new Promise((resolve) => waiting.push(resolve));
  const ask = (wish: OpenedWish): void => port.postMessage(wish);
  const gone = new Promise<OpenedAnswer>((resolve) => setTimeout(resolve, patience, { kind: 'failed' }));
  const first = Promise.race([next(), gone]);
  client.postMessage({ kind: 'opened', name, range: request.headers.get('range') }, [port2]);
  const begin = await first;
  if (begin.kind !== 'begin') return new Response(null, { status: 504 });
  const headers = new Headers(begin.headers);
  headers.set('content-security-policy', "default-src 'none'; sandbox");
  if (begin.status !== 200 && begin.status !== 206) return new Response(null, { status: begin.status, headers });
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const answer = next();
        ask('pull');
        const given = await answer;
        if (given.kind === 'piece') return controller.enqueue(given.bytes);
        port.close();
        if (given.kind === 'end') controller.close();
        else controller.error(new TypeError('The file does not open.'));
      },
      cancel() {
        ask('cancel');
        port.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: begin.status, headers });
}
