// More calls at once than a host takes of one connection: the page's end of it has them wait, and all are carried out.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import { connectKms } from '../../src/host/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { appOrigin, canMovePorts, listen, type Served, serve } from '../support/host.ts';
import { newKms } from '../support/kms.ts';
import { pause, until } from '../support/until.ts';

const most = 256;
const callers = [{ origin: appOrigin, isAdministrator: true }];
let served: Served | undefined;
afterEach(() => {
  served?.close();
  served = undefined;
});

/** A page whose host answers no call before `release`; `begun` counts what reached it. */
async function heldUp() {
  let begun = 0;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  served = serve(await newKms(), {
    callers,
    onCall: ({ event }) => {
      if (event !== 'call') return undefined;
      begun++;
      return held;
    },
  });
  const remote = await served.connect();
  return { remote, release, begun: () => begun };
}

describe('a page that makes more calls at once than its host takes', () => {
  test('gets an answer to each, in any number', async () => {
    served = serve(await newKms(), { callers, onCall: () => pause(20) });
    const remote = await served.connect();
    const { KeyId } = (await remote.createKey()).KeyMetadata;
    const calls = Array.from({ length: 1000 }, async (_, i) => {
      const { CiphertextBlob } = await remote.encrypt({ KeyId, Plaintext: utf8(String(i)) });
      return CiphertextBlob;
    });
    assert.lengthOf(await Promise.all(calls), 1000);
  });

  test('has only so many under way', async () => {
    const { remote, release, begun } = await heldUp();
    const calls = Array.from({ length: 700 }, () => remote.generateRandom({ NumberOfBytes: 1 }));
    await until(() => begun() === most);
    await pause(50);
    assert.equal(begun(), most);
    release();
    await Promise.all(calls);
    assert.equal(begun(), 700);
  });

  test('gives up those that wait, which the host never hears of', async () => {
    const { remote, release, begun } = await heldUp();
    const calls = Array.from({ length: most }, () => remote.generateRandom({ NumberOfBytes: 1 }));
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const nameOf = (call: Promise<unknown>) => call.catch(({ name }: Error) => name);
    const names = Promise.all([
      nameOf(remote.generateRandom({ NumberOfBytes: 1 }, { abortSignal })),
      nameOf(remote.generateRandom({ NumberOfBytes: 1 }, { requestTimeout: 20 })),
    ]);
    const last = remote.generateRandom({ NumberOfBytes: 1 });
    await until(() => begun() === most);
    controller.abort();
    assert.deepEqual(await names, ['AbortError', 'TimeoutError']);
    release();
    await Promise.all([...calls, last]);
    assert.equal(begun(), most + 1);
  });

  test('waits for what it gave up, because the host is still busy with it', async () => {
    const { remote, release, begun } = await heldUp();
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const calls = Array.from({ length: most }, () => remote.generateRandom({ NumberOfBytes: 1 }, { abortSignal }));
    const outcomes = Promise.allSettled(calls);
    await until(() => begun() === most);
    controller.abort();
    for (const { status } of await outcomes) assert.equal(status, 'rejected');
    const more = Promise.all(Array.from({ length: most }, () => remote.generateRandom({ NumberOfBytes: 1 })));
    await pause(50);
    release();
    await more;
  });

  test('learns the end of the connection for those that wait, too', async () => {
    const { remote, begun } = await heldUp();
    const calls = Array.from({ length: most + 2 }, () => remote.generateRandom({ NumberOfBytes: 1 }));
    const outcomes = Promise.allSettled(calls);
    await until(() => begun() === most);
    remote.destroy();
    for (const outcome of await outcomes) assert.include(outcome, { status: 'rejected' });
    await assertFails(calls[most + 1]!, 'HostUnavailable');
  });

  test('counts its open streams, and is told where nothing but these is in the way', async ({ skip }) => {
    if (!(await canMovePorts())) skip('nothing moves between ports here');
    served = serve(await newKms(), { callers });
    const remote = await served.connect();
    const { KeyId } = (await remote.createKey()).KeyMetadata;
    const open = Array.from({ length: most - 1 }, () => remote.encryptStream({ KeyId }));
    const random = () => remote.generateRandom({ NumberOfBytes: 1 });
    // One place is left, and these take it in turn.
    await Promise.all(Array.from({ length: 20 }, random));
    const last = remote.encryptStream({ KeyId });
    await assertFails(
      until(() => random().then(() => false)),
      'ThrottlingException',
    );
    const reading = new Response(last.readable).arrayBuffer();
    await last.writable.close();
    await reading;
    await until(() =>
      random().then(
        () => true,
        () => false,
      ),
    );
    await Promise.all(Array.from({ length: 20 }, random));
    for (const { writable } of open) await writable.abort();
  });

  test('has nothing wait where an earlier version of the host says no number', async () => {
    const { port1, port2 } = new MessageChannel();
    const { next } = listen(port2);
    const connecting = connectKms(port1);
    await next();
    port2.postMessage({ type: 'welcome', accountId: '000000000000', region: 'us-east-1', arn: 'arn' });
    const remote = await connecting;
    const calls = Array.from({ length: 300 }, () => remote.listKeys().catch(() => {}));
    for (let id = 1; id <= 300; id++) assert.include(await next(), { type: 'call', id });
    remote.destroy();
    await Promise.all(calls);
    port2.close();
  });
});
