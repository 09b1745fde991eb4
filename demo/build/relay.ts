// The relay that carries what two devices say, beside the built app. It is the library's own, and sees ciphertexts only.
import type { IncomingMessage } from 'node:http';
import type { PreviewServer } from 'vite';
import { relayHandler } from '../../src/devices/relay.ts';

const most = 1 << 17;

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= most) chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

export const relay = (path: string) => {
  const handle = relayHandler();
  return {
    name: 'relay',
    configurePreviewServer({ middlewares }: PreviewServer): void {
      middlewares.use(path, (request, response) => {
        const answered = async () => {
          const { method = 'GET', url = '/' } = request;
          const body = method === 'PUT' ? { body: await bodyOf(request) } : {};
          const answer = await handle(new Request(new URL(url, 'http://relay'), { method, ...body }));
          response.writeHead(answer.status, Object.fromEntries(answer.headers));
          response.end(new Uint8Array(await answer.arrayBuffer()));
        };
        answered().catch(() => response.destroy());
      });
    },
  };
};
