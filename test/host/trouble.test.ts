// A page whose host is silent, gone, closed or slow: every call ends, with an error that says what happened.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import { connectKms } from '../../src/host/index.ts';
import { HostUnavailable } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { appOrigin, listen, type Served, serve } from '../support/host.ts';
import { newKms } from '../support/kms.ts';

const callers = [{ origin: appOrigin, isAdministrator: true }];
let served: Served | undefined;
const ports: MessagePort[] = [];
afterEach(() => {
  served?.close();
  served = undefined;
  for (const port of ports.splice(0)) port.close();
});

function channel(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  return [port1, port2];
}

/** A host's end that greets, and then does as told. */
async function greet(port: MessagePort): Promise<{ next(): Promise<Record<string, unknown>> }> {
  const { next: any } = listen(port);
  // On a slow machine there may be pings among them.
  const next = async (): Promise<Record<string, unknown>> => {
    const message = await any();
    return message['type'] === 'ping' ? next() : message;
  };
  await next();
  port.postMessage({ type: 'welcome', accountId: '000000000000', region: 'us-east-1', arn: 'arn' });
  return { next };
}

describe('a page', () => {
  test('learns within the deadline that no host is there', async () => {
    const [port] = channel();
    const started = performance.now();
    const error = await failure(connectKms(port, { deadline: 200 }));
    assert.instanceOf(error, HostUnavailable);
    assert.equal(error.$fault, 'server');
    assert.isBelow(performance.now() - started, 5_000);
  });

  test('learns that a host fell silent, for every call that was under way', async () => {
    const [page, host] = channel();
    const connecting = connectKms(page, { deadline: 200 });
    const { next } = await greet(host);
    const remote = await connecting;
    const calls = [remote.listKeys(), remote.generateRandom({ NumberOfBytes: 1 })];
    assert.include(await next(), { type: 'call', id: 1, operation: 'ListKeys' });
    for (const call of calls) await assertFails(call, 'HostUnavailable');
    await assertFails(remote.listKeys(), 'HostUnavailable');
  });

  test('waits for a slow call as long as the host gives signs of life', async () => {
    const kms = await newKms();
    let isSlow = false;
    served = serve(kms, {
      callers,
      onCall: () => (isSlow ? new Promise((resolve) => setTimeout(resolve, 900)) : undefined),
    });
    const remote = await served.connect(appOrigin, { deadline: 200 });
    isSlow = true;
    assert.deepEqual((await remote.listKeys()).Keys, []);
  });

  test('waits for a slow call, and keeps its calls, also where its origin may make few: signs of life are no calls', async () => {
    const kms = await newKms();
    let isSlow = false;
    served = serve(kms, {
      callers: [{ origin: appOrigin, isAdministrator: true, rate: { perSecond: 0.001, burst: 4 } }],
      onCall: () => (isSlow ? new Promise((resolve) => setTimeout(resolve, 1500)) : undefined),
    });
    const remote = await served.connect(appOrigin, { deadline: 200 });
    isSlow = true;
    assert.deepEqual((await remote.listKeys()).Keys, []);
    isSlow = false;
    for (let left = 2; left > 0; left--) assert.deepEqual((await remote.listKeys()).Keys, []);
    await assertFails(remote.listKeys(), 'ThrottlingException');
  });

  test('learns that the host was closed, and that its own end was', async () => {
    served = serve(await newKms(), { callers });
    const remote = await served.connect();
    served.host.close();
    await assertFails(remote.listKeys(), 'HostUnavailable');
    served = serve(await newKms(), { callers });
    const other = await served.connect();
    const call = other.listKeys();
    other.destroy();
    await assertFails(call, 'HostUnavailable');
    await assertFails(other.listKeys(), 'HostUnavailable', /destroy/);
  });

  test('gives a call up by AbortSignal and by timeout, as the AWS SDK does, and goes on', async () => {
    const kms = await newKms();
    let isSlow = false;
    served = serve(kms, {
      callers,
      onCall: () => (isSlow ? new Promise((resolve) => setTimeout(resolve, 300)) : undefined),
    });
    const remote = await served.connect();
    isSlow = true;
    const controller = new AbortController();
    const aborted = remote.generateRandom({ NumberOfBytes: 8 }, { abortSignal: controller.signal });
    controller.abort();
    const errorOf = (call: Promise<unknown>) =>
      call.then(
        () => 'fulfilled',
        (error: Error) => error.name,
      );
    assert.equal(await errorOf(aborted), 'AbortError');
    assert.equal(await errorOf(remote.listKeys({}, { requestTimeout: 20 })), 'TimeoutError');
    const before = new AbortController();
    before.abort();
    assert.equal(await errorOf(remote.listKeys({}, { abortSignal: before.signal })), 'AbortError');
    isSlow = false;
    assert.lengthOf((await remote.generateRandom({ NumberOfBytes: 8 })).Plaintext, 8);
  });

  test('is not moved by answers to nothing, and takes no answer twice', async () => {
    const [page, host] = channel();
    const connecting = connectKms(page);
    const { next } = await greet(host);
    const remote = await connecting;
    const call = remote.generateRandom({ NumberOfBytes: 1 });
    const { id } = await next();
    for (const message of [
      null,
      7,
      { type: 'result' },
      { type: 'result', id: 99, output: {} },
      { type: 'result', id: '__proto__', output: {} },
      { type: 'constructor' },
      { type: 'result', id, output: { Plaintext: utf8('a') } },
      { type: 'result', id, output: { Plaintext: utf8('b') } },
      { type: 'failure', id, error: { code: 'NotFoundException', message: '', fault: 'client' } },
    ])
      host.postMessage(message);
    assert.deepEqual((await call).Plaintext, utf8('a'));
  });

  test('sees errors that it does not know, and errors that are none', async () => {
    const [page, host] = channel();
    const connecting = connectKms(page);
    const { next } = await greet(host);
    const remote = await connecting;
    for (const [error, code] of [
      [{ code: 'FromTheFuture', message: 'm', fault: 'server' }, 'FromTheFuture'],
      [{ code: '__proto__', message: 'm', fault: 'client' }, '__proto__'],
      [{ code: 'KmsError', message: 'm', fault: 'client' }, 'KmsError'],
      [7, 'KMSInternalException'],
    ] as const) {
      const call = remote.listKeys();
      const { id } = await next();
      host.postMessage({ type: 'failure', id, error });
      assert.equal((await failure(call)).code, code);
    }
  });

  test('is refused with a reason where it gives something that is no host', async () => {
    await assertFails(connectKms({} as never), 'ValidationException');
    await assertFails(connectKms(channel()[0], { deadline: 0 }), 'ValidationException');
    await assertFails(connectKms(channel()[0], { onPrompt: 1 as never }), 'ValidationException');
  });

  test('makes room when its origin has too many connections: the one that was idle longest is closed, and says so', async () => {
    served = serve(await newKms(), { callers });
    const remotes = [];
    for (let i = 0; i < 65; i++) remotes.push(await served.connect());
    assert.deepEqual((await remotes[64]!.listKeys()).Keys, []);
    await assertFails(remotes[0]!.listKeys(), 'HostUnavailable');
    assert.deepEqual((await remotes[1]!.listKeys()).Keys, []);
  });
});
