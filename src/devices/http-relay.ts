// A transport over a relay on a server (relay.ts): one request for each message, asked for again until it is there. A request that was
// cut off is made again; the relay takes a message once.
import { bodyPatience, readBody } from '../http/body.ts';
import { PairingFailed, TransportFailed, ValidationException } from '../model/errors/index.ts';
import { checkFunctions, milliseconds, optionsReader, whole } from '../model/options.ts';
import { mostMessageBytes, type Side, type Transport } from './transport.ts';

export interface HttpRelayOptions {
  /** Makes the requests. Default: the platform's `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Milliseconds between two tries where the relay has nothing yet, or does not answer. Default 1000. */
  pause?: number | undefined;
  /** How often a request is made again where the relay does not answer. Default 5. */
  tries?: number | undefined;
}

/** @param url of the relay, such as `https://relay.example.com/devices` */
export function httpRelayTransport(url: string | URL, options: HttpRelayOptions = {}): Transport {
  const own = optionsReader(options, { fetch: true, pause: true, tries: true });
  const [request, pause, tries] = [
    own('fetch') ?? globalThis.fetch.bind(globalThis),
    milliseconds('pause', own('pause'), 1000),
    whole('tries', own('tries'), 5),
  ];
  checkFunctions({ fetch: request });
  const base = checkUrl(url);

  return (mailbox, side) => {
    const closed = new AbortController();
    let [sent, received] = [0, 0];
    const at = (from: Side, index: number): string => `${base}/${mailbox}/${from}/${index}`;

    async function ask(place: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
      for (let failed = 0; ; failed++) {
        let cause: unknown;
        try {
          const response = await request(place, { ...init, signal, cache: 'no-store', credentials: 'omit' });
          if (response.status < 500) return await answerOf(response);
          cause = new Error(`The relay answered with ${response.status}.`);
        } catch (error) {
          signal.throwIfAborted();
          cause = error;
        }
        if (failed >= tries) throw new TransportFailed('The relay does not answer.', { cause });
        await waited(pause, signal);
      }
    }

    return {
      async send(message) {
        const init = {
          method: 'PUT',
          body: new Uint8Array(message),
          headers: { 'content-type': 'application/octet-stream' },
        };
        const { status } = await ask(at(side, sent++), init, closed.signal);
        if (status === 409)
          throw new PairingFailed('A third device speaks in this conversation. Begin again with a new code.');
        if (status !== 204) throw new TransportFailed(`The relay does not take messages: it answered with ${status}.`);
      },
      async receive(signal) {
        const place = at(side === 'offer' ? 'add' : 'offer', received);
        for (;;) {
          const { status, message } = await ask(place, { method: 'GET' }, signal);
          if (status === 200) {
            if (message === undefined) throw new TransportFailed('The relay gives more than a message.');
            received++;
            return message;
          }
          if (status !== 404)
            throw new TransportFailed(`The relay does not give messages: it answered with ${status}.`);
          await waited(pause, signal);
        }
      },
      close: () => closed.abort(),
    };
  };
}

function checkUrl(url: string | URL): string {
  try {
    const { protocol, href } = new URL(url);
    if (protocol === 'https:' || protocol === 'http:') return href.replace(/\/+$/, '');
  } catch {}
  throw new ValidationException('url must be the http or https address of a relay.');
}

interface Answer {
  readonly status: number;
  /** What a 200 carries; undefined where that is more than a message. */
  readonly message: Uint8Array | undefined;
}

/** The answer, read as far as a message may go: the relay is trusted with nothing, and so not with the memory of the device. */
async function answerOf(response: Response): Promise<Answer> {
  const { status } = response;
  if (status === 200) return { status, message: await readBody(response, mostMessageBytes, bodyPatience) };
  await response.body?.cancel().catch(() => {});
  return { status, message: undefined };
}

function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, milliseconds);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
