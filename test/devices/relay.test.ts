// The relay for two devices, and the transport over it.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { httpRelayTransport, relayHandler } from '../../src/devices/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey } from '../support/kms.ts';
import { assertRunFails, newOld, newYoung, pair, recoverable, succeeded } from './support.ts';

const mailbox = '0123456789abcdef0123456789abcdef';
const url = 'https://relay.example.com/devices';
const signal = new AbortController().signal;

/** The handler as a server: every request goes through it. */
const through = (handler: (request: Request) => Promise<Response>): typeof fetch =>
  (async (input: RequestInfo | URL, init?: RequestInit) => {
    const { cache: _, credentials: __, ...rest } = init ?? {};
    return handler(new Request(input as string, rest));
  }) as typeof fetch;

const put = (name: string, body: Uint8Array<ArrayBuffer> | string) =>
  new Request(`${url}/${name}`, { method: 'PUT', body });
const get = (name: string) => new Request(`${url}/${name}`);

describe('the relay', () => {
  test('carries keys from one device to another, and sees none of them', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, { MultiRegion: true });
    const handler = relayHandler();
    const seen: string[] = [];
    const listening = async (request: Request) => {
      const copy = new Uint8Array(await request.clone().arrayBuffer());
      seen.push(request.url, Array.from(copy, (byte) => String.fromCharCode(byte)).join(''));
      return handler(request);
    };
    const transport = httpRelayTransport(url, { fetch: through(listening), pause: 5 });
    const { offered } = succeeded(await pair(old, young, { add: { transport }, offer: { transport } }));
    assert.deepEqual(offered.added, [KeyId]);
    for (const word of [KeyId, "Ada's", 'us-west-2']) assert.notInclude(seen.join('\n'), word);
  });

  test('takes a message once, gives it to who asks, and takes no other in its place', async () => {
    const relay = relayHandler();
    assert.equal((await relay(get(`${mailbox}/offer/0`))).status, 404);
    const message = random(100);
    assert.equal((await relay(put(`${mailbox}/offer/0`, message))).status, 204);
    assert.equal((await relay(put(`${mailbox}/offer/0`, message))).status, 204);
    assert.equal((await relay(put(`${mailbox}/offer/0`, random(100)))).status, 409);
    const answer = await relay(get(`${mailbox}/offer/0`));
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), message);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal((await relay(get(`${mailbox}/add/0`))).status, 404);
    assert.equal((await relay(new Request(`${url}/${mailbox}/offer/0`, { method: 'DELETE' }))).status, 405);
    assert.equal((await relay(new Request(`${url}/${mailbox}/offer/0`, { method: 'OPTIONS' }))).status, 204);
    for (const name of [
      `${mailbox}/offer/00`,
      `${mailbox}/other/0`,
      'x/offer/0',
      `${mailbox.toUpperCase()}/add/0`,
      `${mailbox}/add/10000`,
    ])
      assert.equal((await relay(put(name, 'x'))).status, 404, name);
  });

  test('keeps within its limits of size, number and time', async () => {
    let now = 0;
    const relay = relayHandler({ clock: () => now, life: 1000, mostMailboxes: 2, mostBytes: 150, mostTotalBytes: 250 });
    const other = (first: string) => first + mailbox.slice(1);
    assert.equal((await relay(put(`${mailbox}/add/0`, random(100)))).status, 204);
    assert.equal((await relay(put(`${mailbox}/add/1`, random(100)))).status, 413);
    assert.equal((await relay(put(`${mailbox}/add/1`, new Uint8Array(65_537)))).status, 413);
    assert.equal((await relay(put(`${other('1')}/add/0`, random(100)))).status, 204);
    assert.equal((await relay(put(`${other('2')}/add/0`, random(1)))).status, 503, 'too many mailboxes');
    assert.equal((await relay(put(`${other('1')}/add/1`, random(50)))).status, 204);
    assert.equal((await relay(put(`${mailbox}/add/1`, random(50)))).status, 503, 'too many bytes');
    now = 1000;
    assert.equal((await relay(get(`${mailbox}/add/0`))).status, 404, 'its life is over');
    assert.equal((await relay(put(`${other('2')}/add/0`, random(100)))).status, 204);
  });

  test('that fails for a moment is asked again, and one that is gone is TransportFailed', async () => {
    const handler = relayHandler();
    let count = 0;
    const flaky = async (request: Request) => {
      const answer = await handler(request);
      if (count++ % 3 === 0) throw new TypeError('the network is gone');
      return count % 5 === 0 ? new Response(null, { status: 502 }) : answer;
    };
    const transport = httpRelayTransport(url, { fetch: through(flaky), pause: 1 });
    const [a, b] = [await transport(mailbox, 'offer'), await transport(mailbox, 'add')];
    for (const text of ['one', 'two', 'three']) {
      await a.send(utf8(text));
      assert.deepEqual(await b.receive(signal), utf8(text));
    }
    const gone = httpRelayTransport(url, { fetch: through(async () => new Response(null, { status: 500 })), pause: 1 });
    const [old, young] = [await newOld(), await newYoung()];
    const run = await pair(old, young, { add: { transport: gone }, offer: { transport: gone } });
    assertRunFails(run, 'TransportFailed', 'TransportFailed');
    const full = httpRelayTransport(url, { fetch: through(async () => new Response(null, { status: 413 })), pause: 1 });
    await assertFails(Promise.resolve((await full(mailbox, 'add')).send(utf8('x'))), 'TransportFailed', /413/);
    assert.throws(() => httpRelayTransport('ftp://x'), /url must be/);
    assert.throws(() => httpRelayTransport('nowhere'), /url must be/);
  });

  test('that cuts a message off is asked for it again, and one that sends without end takes no memory', async () => {
    const handler = relayHandler();
    await handler(put(`${mailbox}/add/0`, 'one'));
    let count = 0;
    const cutting = async (request: Request) => {
      const answer = await handler(request);
      if (count++ > 0) return answer;
      const pull = (controller: ReadableStreamDefaultController) =>
        controller.error(new TypeError('the network is gone'));
      return new Response(new ReadableStream({ pull }));
    };
    const channel = await httpRelayTransport(url, { fetch: through(cutting), pause: 1 })(mailbox, 'offer');
    assert.deepEqual(new Uint8Array(await channel.receive(signal)), utf8('one'));
    let given = 0;
    const pull = (controller: ReadableStreamDefaultController) => {
      given += 10_000;
      if (given > 10_000_000) controller.close();
      else controller.enqueue(new Uint8Array(10_000));
    };
    const endless = async () => new Response(new ReadableStream({ pull }));
    const other = await httpRelayTransport(url, { fetch: through(endless), pause: 1 })(mailbox, 'offer');
    await assertFails(other.receive(signal), 'TransportFailed', /more than a message/);
    assert.isBelow(given, 200_000);
  });

  test('lets a third device not speak in the place of another', async () => {
    const transport = httpRelayTransport(url, { fetch: through(relayHandler()), pause: 1 });
    const [a, b] = [await transport(mailbox, 'add'), await transport(mailbox, 'add')];
    await a.send(utf8('mine'));
    await assertFails(Promise.resolve(b.send(utf8('yours'))), 'PairingFailed', /third device/);
  });
});
