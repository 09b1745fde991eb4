// What a page can do that holds a port and keeps to nothing (threat model, postMessage): nothing that its origin may not do, and
// every attempt is told of.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import { type HostRecord, hostKms, originArn } from '../../src/host/index.ts';
import { plain } from '../../src/host/protocol/plain.ts';
import { type Kms, SerializationException } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { appArn, appOrigin, listen, type Served, serve } from '../support/host.ts';
import { newKey, newKms } from '../support/kms.ts';

let served: Served | undefined;
afterEach(() => {
  served?.close();
  served = undefined;
});

const hello = { type: 'hello', version: 1 };
type Message = Record<string, unknown>;

interface Attack {
  kms: Kms;
  keyId: string;
  port: MessagePort;
  next(): Promise<Message>;
  records: HostRecord[];
}

/** An attacker's port to a service whose one key its origin may encrypt under. */
async function attack(rate?: { perSecond: number; burst: number }): Promise<Attack> {
  const kms = await newKms();
  const keyId = await newKey(kms);
  await kms.createGrant({
    KeyId: keyId,
    GranteePrincipal: appArn,
    Operations: ['Encrypt'],
  });
  const records: HostRecord[] = [];
  served = serve(kms, {
    callers: [{ origin: appOrigin, ...(rate && { rate }) }],
    onCall: (record) => {
      records.push(record);
    },
  });
  const port = served.rawPort();
  const { next } = listen(port);
  return { kms, keyId, port, next, records };
}

async function greeted(rate?: { perSecond: number; burst: number }): Promise<Attack> {
  const given = await attack(rate);
  given.port.postMessage(hello);
  assert.include(await given.next(), { type: 'welcome', arn: appArn });
  return given;
}

const codeOf = (message: Message): unknown => (message['error'] as { code?: string } | undefined)?.code;

describe('the callers of a host', () => {
  test('are exact origins: no default, no wildcard, no null, no path', async () => {
    const kms = await newKms();
    for (const callers of [undefined, [], '*', ['*'], [{}], [appOrigin]])
      assert.throws(() => hostKms(kms, { callers } as never), /callers must/);
    for (const origin of [
      '*',
      'null',
      '',
      'https://*.example.com',
      'https://app.example.com/',
      'https://app.example.com/path',
      'HTTPS://app.example.com',
      'https://APP.example.com',
      'https://app.example.com:443',
      'https://user@app.example.com',
      'app.example.com',
      'data:text/html,x',
      'file:///tmp',
      7,
      null,
      { toString: () => appOrigin },
    ])
      assert.throws(
        () => hostKms(kms, { callers: [{ origin } as never] }),
        /ValidationException|must|cannot|exact/,
        String(origin),
      );
    const twice = [{ origin: appOrigin }, { origin: appOrigin }];
    assert.throws(() => hostKms(kms, { callers: twice }), /twice/);
    assert.throws(() => hostKms(kms, { callers: [{ origin: appOrigin, arn: 'me' }] }), /ARN/);
    assert.throws(() => hostKms(kms, { callers: [{ origin: appOrigin, rate: { burst: 0 } }] }), /rate.burst/);
  });

  test('are principals, no two the same', () => {
    const origins = [
      'https://a.example',
      'http://a.example',
      'https://a.example:8443',
      'https://a.example8443',
      'http://[::1]',
      'http://[::1]:8080',
      'http://[::1:8080]',
      'http://127.0.0.1:1',
    ];
    const arns = origins.map((origin) => originArn(origin));
    assert.equal(new Set(arns).size, origins.length);
    assert.equal(arns[2], 'arn:aws:iam::000000000000:user/origin/https/a.example+8443');
    assert.equal(arns[5], 'arn:aws:iam::000000000000:user/origin/http/==1+8080');
    assert.equal(
      originArn('https://a.example', '123456789012'),
      'arn:aws:iam::123456789012:user/origin/https/a.example',
    );
    assert.throws(() => originArn('https://a+b.example'), /arn of its own/);
  });

  test('that are not listed get no connection, whatever they look like', async () => {
    const records: HostRecord[] = [];
    served = serve(await newKms(), { onCall: (record) => void records.push(record) });
    for (const origin of [
      'https://evil.example',
      'null',
      '',
      'https://app.example.com.evil.example',
      'https://app.example.co',
      '__proto__',
      'constructor',
    ])
      assert.throws(() => served?.rawPort(origin), /does not list/, origin);
    assert.deepEqual(new Set(records.map(({ event }) => event)), new Set(['refused']));
    assert.lengthOf(records, 7);
    assert.isUndefined(records[0]?.principalArn);
  });
});

describe('a port in the hands of an attacker', () => {
  test('calls nothing but operations of AWS KMS', async () => {
    const { port, next, records, keyId } = await greeted();
    let id = 0;
    for (const operation of [
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      'as',
      'at',
      'destroy',
      'scope',
      'encrypt',
      'Kms',
      '',
      'Encrypt.call',
    ]) {
      port.postMessage({ type: 'call', id: ++id, operation, input: { KeyId: keyId } });
      const answer = await next();
      assert.include(answer, { type: 'failure', id }, operation);
      assert.equal(codeOf(answer), 'UnknownOperationException', operation);
    }
    for (const operation of ['constructor', '__proto__', 'as'])
      assert.isTrue(
        records.some((record) => record.event === 'refused' && record.operation === operation),
        operation,
      );
    port.postMessage({ type: 'call', id: ++id, operation: 'Encrypt', input: { KeyId: keyId, Plaintext: utf8('x') } });
    assert.include(await next(), { type: 'result', id }, 'what it may do it still may');
  });

  test('is closed by whatever is not a message of the protocol', async () => {
    const bad: unknown[] = [
      null,
      'ping',
      7,
      [],
      {},
      { type: 'constructor' },
      { type: 'eval', id: 1 },
      { type: 'call' },
      { type: 'call', id: '1', operation: 'Encrypt' },
      { type: 'call', id: 0, operation: 'Encrypt' },
      { type: 'call', id: 1.5, operation: 'Encrypt' },
      { type: 'call', id: 1, operation: ['Encrypt'] },
      { type: 'call', id: 1, operation: 'E'.repeat(65) },
      { type: 'cancel', id: -1 },
      hello,
    ];
    for (const message of bad) {
      const { port, next, records } = await greeted();
      port.postMessage(message);
      const answer = await next();
      assert.equal(answer['type'], 'closed', JSON.stringify(message));
      assert.equal(codeOf(answer), 'HostRefused');
      assert.equal(records.at(-1)?.event, 'refused');
      served?.close();
    }
  });

  test('must greet first, in a version that the host speaks', async () => {
    for (const message of [
      { type: 'call', id: 1, operation: 'ListKeys', input: {} },
      { type: 'ping' },
      { type: 'hello' },
      { type: 'hello', version: 2 },
      { type: 'hello', version: 1, region: 7 },
    ]) {
      const { port, next } = await attack();
      port.postMessage(message);
      assert.equal((await next())['type'], 'closed', JSON.stringify(message));
      served?.close();
    }
  });

  test('cannot repeat, skip or go back in the numbers of its calls', async () => {
    for (const ids of [[1, 1], [1, 2, 1], [1, 2, 2], [2], [1, 3], [1, Number.MAX_SAFE_INTEGER]]) {
      const { port, next, records, keyId } = await greeted();
      const input = { KeyId: keyId, Plaintext: utf8('x') };
      for (const id of ids) port.postMessage({ type: 'call', id, operation: 'Encrypt', input });
      let last: Message = {};
      do last = await next();
      while (last['type'] === 'result');
      assert.equal(last['type'], 'closed', JSON.stringify(ids));
      const made = records.filter(({ event }) => event === 'call').length;
      assert.isAtMost(made, ids.length - 1, 'the replayed call was not made');
      served?.close();
    }
  });

  test('gets no further than its rate, and others are not held up by it', async () => {
    const { kms, port, next, records, keyId } = await greeted({ perSecond: 1, burst: 20 });
    const other = 'https://other.example';
    const input = { KeyId: keyId, Plaintext: utf8('x') };
    for (let id = 1; id <= 500; id++) port.postMessage({ type: 'call', id, operation: 'Encrypt', input });
    const counts: Record<string, number> = {};
    for (let i = 0; i < 500; i++) {
      const answer = await next();
      const kind = String(codeOf(answer) ?? answer['type']);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    // One token was for the greeting; a slow machine may have earned a few more meanwhile.
    assert.isAtLeast(counts['ThrottlingException'] ?? 0, 440);
    assert.isAtMost(counts['result'] ?? 0, 60);
    assert.isAtLeast(counts['result'] ?? 0, 19);
    // A second port of the same origin has no more.
    await assertFails(served!.connect(), 'ThrottlingException');
    const refused = records.filter(({ event }) => event === 'refused');
    assert.isAtMost(refused.length, 20, 'a flood of refusals is told of in few words');
    assert.equal(refused[0]?.error?.code, 'ThrottlingException');
    served?.close();
    served = serve(kms, { callers: [{ origin: appOrigin, rate: { perSecond: 1, burst: 1 } }, { origin: other }] });
    await served.connect();
    await assertFails(served.connect(), 'ThrottlingException');
    await served.connect(other);
  });

  test('gets few answers to a flood of questions whether the host lives', async () => {
    const { port, keyId } = await greeted();
    let pongs = 0;
    const answered = new Promise<void>((resolve) =>
      port.addEventListener('message', ({ data }) => {
        if (data.type === 'pong') pongs++;
        else if (data.type === 'result') resolve();
      }),
    );
    const started = performance.now();
    for (let i = 0; i < 5000; i++) port.postMessage({ type: 'ping' });
    const input = { KeyId: keyId, Plaintext: utf8('x') };
    port.postMessage({ type: 'call', id: 1, operation: 'Encrypt', input });
    await answered;
    assert.isAtLeast(pongs, 1);
    assert.isAtMost(pongs, 2 + (performance.now() - started) / 20);
  });

  test('is told of in full: a flood that was counted is counted', async () => {
    const { port, next, records, keyId } = await greeted({ perSecond: 0.001, burst: 2 });
    for (let id = 1; id <= 101; id++)
      port.postMessage({ type: 'call', id, operation: 'Encrypt', input: { KeyId: keyId, Plaintext: utf8('x') } });
    for (let i = 0; i < 101; i++) await next();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const times = records.filter(({ event }) => event === 'refused').reduce((sum, record) => sum + record.times, 0);
    assert.equal(times, 100);
  });

  test('may have only so many calls under way', async () => {
    const given = await newKms();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    served = serve(given, {
      callers: [{ origin: appOrigin, isAdministrator: true }],
      onCall: ({ event }) => (event === 'call' ? held : undefined),
    });
    const port = served.rawPort();
    const { next } = listen(port);
    port.postMessage(hello);
    assert.include(await next(), { type: 'welcome', mostUnderWay: 256 });
    const input = { NumberOfBytes: 1 };
    for (let id = 1; id <= 300; id++) port.postMessage({ type: 'call', id, operation: 'GenerateRandom', input });
    for (let id = 257; id <= 300; id++) {
      const answer = await next();
      assert.include(answer, { type: 'failure', id });
      assert.equal(codeOf(answer), 'ThrottlingException');
    }
    release();
    for (let id = 1; id <= 256; id++) assert.include(await next(), { type: 'result' });
  });

  test('cannot make the host read anything but plain data', async () => {
    const { port, next, keyId } = await greeted();
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    let deep: unknown[] = [];
    for (let i = 0; i < 50; i++) deep = [deep];
    let id = 0;
    for (const input of [
      { KeyId: keyId, Plaintext: new Map([['a', 1]]) },
      { KeyId: keyId, Plaintext: new ArrayBuffer(8) },
      { KeyId: keyId, EncryptionContext: { deep } },
      { KeyId: 'x'.repeat(2 << 20), Plaintext: utf8('x') },
      { KeyId: keyId, Plaintext: new Uint8Array(2 << 20) },
      { KeyId: Array.from({ length: 100_000 }, () => 1) },
      'text',
      7n,
      key,
    ]) {
      try {
        port.postMessage({ type: 'call', id: id + 1, operation: 'Encrypt', input });
      } catch {
        continue; // This runtime cannot even send it.
      }
      assert.equal(codeOf(await next()), 'SerializationException', String(++id));
    }
  });

  test('gets AccessDeniedException for every key that it was not given, and the record says which', async () => {
    const { kms, port, next, records } = await greeted();
    const other = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId: other, Plaintext: utf8('secret') });
    const calls: [string, object][] = [
      ['Decrypt', { CiphertextBlob }],
      ['Encrypt', { KeyId: other, Plaintext: utf8('x') }],
      ['GenerateDataKey', { KeyId: other, KeySpec: 'AES_256' }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: other }],
      ['DescribeKey', { KeyId: other }],
      ['GetKeyPolicy', { KeyId: other }],
      ['PutKeyPolicy', { KeyId: other, Policy: '{}' }],
      ['CreateGrant', { KeyId: other, GranteePrincipal: appArn, Operations: ['Decrypt'] }],
      ['ScheduleKeyDeletion', { KeyId: other }],
      ['DisableKey', { KeyId: other }],
      ['ListKeys', {}],
      ['ListAliases', {}],
      ['CreateKey', {}],
    ];
    let id = 0;
    for (const [operation, input] of calls) {
      port.postMessage({ type: 'call', id: ++id, operation, input });
      assert.equal(codeOf(await next()), 'AccessDeniedException', operation);
      const record = records.at(-1);
      assert.include(record, { event: 'call', operation, origin: appOrigin, principalArn: appArn, times: 1 });
      assert.equal(record?.error?.code, 'AccessDeniedException');
      if ('KeyId' in input) assert.equal(record?.keyId, other);
    }
  });
});

describe('an answer', () => {
  test('holds plain data only: a key among it is an error, not an answer', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    for (const bad of [key, { Key: key }, { a: [{ b: key }] }, { f: () => 1 }, new Map(), { s: Symbol('s') }, 7n])
      assert.throws(() => plain(bad, 'The reply', 'moves'), SerializationException);
  });

  test('of a service that gives out a key is an internal error', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    // A service gone wrong, in the one way that matters.
    const broken: Kms = {
      scope: kms.scope,
      at: () => broken,
      as: () => ({ scope: kms.scope, describeKey: async () => ({ KeyMetadata: key, $metadata: {} }) }),
    } as unknown as Kms;
    served = serve(broken);
    const remote = await served.connect();
    await assertFails(remote.describeKey({ KeyId }), 'KMSInternalException');
  });

  test('moves its secrets: nothing of them stays with the host', () => {
    const whole = utf8('secret');
    const pool = new Uint8Array(16).fill(7);
    const view = pool.subarray(4, 8);
    const shared = utf8('public');
    const reply = { Plaintext: whole, SharedSecret: view, PublicKey: shared };
    const { value, buffers } = plain(reply, 'The reply', 'moves');
    const moved = structuredClone(value, { transfer: [...buffers] }) as typeof reply;
    assert.deepEqual(moved.Plaintext, utf8('secret'));
    assert.deepEqual([...moved.SharedSecret], [7, 7, 7, 7]);
    assert.deepEqual(moved.PublicKey, utf8('public'));
    assert.equal(whole.length, 0, 'it was moved');
    assert.deepEqual([...view], [0, 0, 0, 0], 'a part of something larger is wiped');
    assert.deepEqual(shared, utf8('public'), 'what is not secret may be somebody else’s');
  });

  test('does not leave where the call cannot be recorded', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await kms.createGrant({ KeyId, GranteePrincipal: appArn, Operations: ['Encrypt'] });
    let isFull = false;
    served = serve(kms, {
      onCall: async ({ event }) => {
        if (isFull && event === 'call') throw new Error('the trail is full');
      },
    });
    const remote = await served.connect();
    await remote.encrypt({ KeyId, Plaintext: utf8('x') });
    isFull = true;
    const error = await failure(remote.encrypt({ KeyId, Plaintext: utf8('x') }));
    assert.equal(error.code, 'KMSInternalException');
    assert.notInclude(JSON.stringify(error), 'the trail is full');
    isFull = false;
    await remote.encrypt({ KeyId, Plaintext: utf8('x') });
  });

  test('of an unexpected failure tells nothing of the inside', async () => {
    const records: HostRecord[] = [];
    const kms = await newKms();
    const broken: Kms = {
      scope: kms.scope,
      at: () => broken,
      as: () => ({
        scope: kms.scope,
        listKeys: async () => {
          throw new TypeError('inside');
        },
      }),
    } as unknown as Kms;
    served = serve(broken, { onCall: (record) => void records.push(record) });
    const remote = await served.connect();
    const error = await failure(remote.listKeys());
    assert.equal(error.code, 'KMSInternalException');
    assert.notInclude(error.message, 'inside');
    assert.isUndefined(error.cause);
    assert.equal(String(records.at(-1)?.error?.cause), 'TypeError: inside', 'the owner is told');
  });
});
