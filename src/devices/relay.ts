// A relay for two devices, as a function of a request: mailboxes of a short life in memory, one for each code, with a message for each
// number. It learns the addresses of both and how much they say. All it can do is not to serve.
import { isEqual } from '../formats/bytes.ts';
import { bodyPatience, readBody } from '../http/body.ts';
import { KmsError, ValidationException } from '../model/errors/index.ts';
import { checkFunctions, optionsReader, whole } from '../model/options.ts';

export interface RelayOptions {
  /** Milliseconds that a mailbox lives. Default 600 000. */
  life?: number | undefined;
  /** Most mailboxes at a time. Default 1000. */
  mostMailboxes?: number | undefined;
  /** Most bytes of all messages of a mailbox. Default 4 MiB; a key takes 500 to 4000 bytes. */
  mostBytes?: number | undefined;
  /** Most bytes of all mailboxes. Default 64 MiB. */
  mostTotalBytes?: number | undefined;
  /** Which origins' pages may use it: `access-control-allow-origin`. Default `*`, because it keeps nothing of anybody. */
  allowOrigin?: string | undefined;
  /** The time in milliseconds since 1970. Default `Date.now`. */
  clock?: (() => number) | undefined;
}

interface Mailbox {
  readonly endsAt: number;
  bytes: number;
  readonly messages: Map<string, Uint8Array<ArrayBuffer>>;
}

const mostMessage = 65_536;
const place = /\/([0-9a-f]{32})\/(offer|add)\/(0|[1-9]\d{0,3})$/;

/**
 * Serves `PUT` and `GET` of `<any path>/<mailbox>/<offer|add>/<number>`. PUT: 204, 409 where another message has the number, 413, or 503
 * where it is full. GET: 200, or 404 where there is none yet.
 */
export function relayHandler(options: RelayOptions = {}): (request: Request) => Promise<Response> {
  const own = optionsReader(options, {
    life: true,
    mostMailboxes: true,
    mostBytes: true,
    mostTotalBytes: true,
    allowOrigin: true,
    clock: true,
  });
  const [life, clock] = [whole('life', own('life'), 600_000), own('clock') ?? Date.now];
  const [mostMailboxes, mostBytes] = [
    whole('mostMailboxes', own('mostMailboxes'), 1000),
    whole('mostBytes', own('mostBytes'), 1 << 22),
  ];
  const mostTotal = whole('mostTotalBytes', own('mostTotalBytes'), 1 << 26);
  const allowOrigin = own('allowOrigin') ?? '*';
  checkFunctions({ clock });
  if (typeof allowOrigin !== 'string') throw new ValidationException('allowOrigin must be an origin, or *.');
  const headers = {
    'access-control-allow-origin': allowOrigin,
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'content-type',
    'cache-control': 'no-store',
  };
  const mailboxes = new Map<string, Mailbox>();
  let total = 0;

  /** The oldest come first. */
  function sweep(): void {
    const now = clock();
    for (const [name, mailbox] of mailboxes) {
      if (mailbox.endsAt > now) return;
      mailboxes.delete(name);
      total -= mailbox.bytes;
    }
  }

  function put(name: string, id: string, message: Uint8Array<ArrayBuffer>): number {
    const mailbox = mailboxes.get(name) ?? { endsAt: clock() + life, bytes: 0, messages: new Map() };
    const known = mailbox.messages.get(id);
    if (known !== undefined) return isEqual(known, message) ? 204 : 409;
    if (mailbox.bytes + message.length > mostBytes) return 413;
    if (total + message.length > mostTotal || (!mailboxes.has(name) && mailboxes.size >= mostMailboxes)) return 503;
    mailbox.messages.set(id, message);
    mailbox.bytes += message.length;
    total += message.length;
    mailboxes.set(name, mailbox);
    return 204;
  }

  return async (request) => {
    const answer = (status: number, body: BodyInit | null = null) => new Response(body, { status, headers });
    if (request.method === 'OPTIONS') return answer(204);
    const [, name, side, index] = place.exec(new URL(request.url).pathname) ?? [];
    if (name === undefined) return answer(404);
    sweep();
    const id = `${side}/${index}`;
    if (request.method === 'GET') {
      const message = mailboxes.get(name)?.messages.get(id);
      return message === undefined ? answer(404) : answer(200, message);
    }
    if (request.method !== 'PUT') return answer(405);
    try {
      const message = await readBody(request, mostMessage, bodyPatience);
      // Of its own length: what is kept counts.
      return answer(message === undefined ? 413 : put(name, id, message.slice()));
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      return answer(408); // it came too slowly
    }
  };
}
