// The fetch handler: what it answers, and what it refuses, in which order.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { BodyBuffer } from '../../src/http/body-buffer.ts';
import { createFront } from '../../src/http/front.ts';
import { type CallRecord, createHandler, type Handler, type SignedOptions } from '../../src/http/index.ts';
import { readHandlerOptions } from '../../src/http/options.ts';
import { Replays } from '../../src/http/sigv4/replays.ts';
import { collectHeaders } from '../../src/http/wire.ts';
import { memoryStore, openKms, type Store } from '../../src/index.ts';
import { assertFails } from '../support/errors.ts';
import { basicTime, sign, signedRequest, type ToSign, testCredential } from '../support/signer.ts';

const newHandler = async (options: Partial<SignedOptions> = {}): Promise<Handler> =>
  createHandler(await openKms({ store: memoryStore() }), { credentials: [testCredential], ...options });

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function ask(handler: Handler, request: Request): Promise<Answer> {
  const response = await handler(request);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}
const call = (handler: Handler, operation: string, input: object = {}, more: ToSign = {}): Promise<Answer> =>
  ask(handler, signedRequest({ operation, body: JSON.stringify(input), ...more }));

function assertError({ status, headers, body }: Answer, name: string, message?: string | RegExp): void {
  assert.equal(body['__type'], name, JSON.stringify(body));
  assert.equal(headers.get('x-amzn-errortype'), name);
  assert.equal(headers.get('content-type'), 'application/x-amz-json-1.1');
  assert.include(headers.get('cache-control') ?? '', 'no-store');
  assert.match(headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(status, 400);
  if (typeof message === 'string') assert.equal(body['message'], message);
  else if (message) assert.match(String(body['message'] ?? body['Message']), message);
}

/** Node, Deno, Bun and workerd take streams without a `duplex` to be seen. */
const runtimeSendsStreams = (): boolean => typeof window === 'undefined' || typeof document === 'undefined';

describe('a signed call', () => {
  test('is answered as by AWS', async () => {
    const handler = await newHandler();
    const created = await call(handler, 'CreateKey', { Description: 'x', Unknown: 1 });
    assert.equal(created.status, 200);
    assert.equal(created.headers.get('content-type'), 'application/x-amz-json-1.1');
    assert.equal(created.headers.get('cache-control'), 'no-store');
    assert.match(created.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
    const { KeyId, CreationDate } = created.body['KeyMetadata'] as Record<string, unknown>;
    assert.isBelow(Math.abs((CreationDate as number) - Date.now() / 1000), 60);
    const sealed = await call(handler, 'Encrypt', { KeyId, Plaintext: 'AQID', EncryptionContext: { a: 'b' } });
    assert.isString(sealed.body['CiphertextBlob']);
    const opened = await call(handler, 'Decrypt', {
      CiphertextBlob: sealed.body['CiphertextBlob'],
      EncryptionContext: { a: 'b' },
    });
    assert.equal(opened.body['Plaintext'], 'AQID');
    assert.notProperty(opened.body, '$metadata');
    assert.deepEqual((await call(handler, 'DisableKey', { KeyId })).body, {});
  });

  // As the AWS SDKs of JavaScript (version 2) and PHP do.
  test('need not sign its content-type, which must be the right one all the same', async () => {
    const handler = await newHandler();
    const unsigned = ['content-type'];
    assert.equal((await call(handler, 'ListKeys', {}, { unsigned })).status, 200);
    const headers = { 'content-type': 'text/plain' };
    assertError(
      await call(handler, 'ListKeys', {}, { unsigned, headers }),
      'UnknownOperationException',
      /content-type/,
    );
  });

  // As ExAws of Elixir does, which is no reason for AWS to refuse it.
  test('may leave the hash of its body empty, which says nothing of the body', async () => {
    const handler = await newHandler();
    const headers = { 'x-amz-content-sha256': '' };
    assert.equal((await call(handler, 'ListKeys', {}, { headers })).status, 200);
    const { url, method, headers: signed } = sign({ headers });
    const changed = new Request(url, { method, headers: signed, body: '{"Limit":1}' });
    assertError(await ask(handler, changed), 'InvalidSignatureException', /does not match/);
  });

  test('fails as on AWS', async () => {
    const handler = await newHandler();
    assertError(
      await call(handler, 'DescribeKey', { KeyId: 'alias/x' }),
      'NotFoundException',
      'Alias arn:aws:kms:us-east-1:000000000000:alias/x is not found.',
    );
    assertError(await call(handler, 'DescribeKey', { KeyId: 7 }), 'SerializationException');
    assertError(await call(handler, 'DescribeKey'), 'ValidationException', /keyId/);
    assertError(await call(handler, 'Encrypt', { KeyId: 'alias/x', Plaintext: 'no base64' }), 'SerializationException');
    assertError(await call(handler, 'ListKeys', {}, { body: '[' }), 'SerializationException');
    const { KeyId } = (await call(handler, 'CreateKey')).body['KeyMetadata'] as Record<string, unknown>;
    const { CiphertextBlob } = (await call(handler, 'Encrypt', { KeyId, Plaintext: 'AQID' })).body;
    const wrong = await call(handler, 'Decrypt', { CiphertextBlob, EncryptionContext: { a: 'b' } });
    assertError(wrong, 'InvalidCiphertextException');
    assert.deepEqual(wrong.body, { __type: 'InvalidCiphertextException' });
    const denied = await call(handler, 'Encrypt', { KeyId, Plaintext: 'AQID', GrantTokens: ['x'] });
    assert.notEqual(denied.status, 200);
  });

  test('may be in AWS JSON 1.0, with members that no operation has', async () => {
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    const input = { Action: 'ListKeys', Version: '2014-11-01' };
    assert.equal((await call(await newHandler(), 'ListKeys', input, { headers })).status, 200);
  });

  test('of an operation that is not there is an UnknownOperationException', async () => {
    const handler = await newHandler();
    for (const operation of ['Nonsense', 'as', 'destroy', 'constructor', 'encrypt', ''])
      assertError(await call(handler, operation), 'UnknownOperationException');
    assertError(
      await call(handler, 'ListKeys', {}, { headers: { 'content-type': 'text/plain' } }),
      'UnknownOperationException',
    );
    assertError(
      await call(handler, 'ListKeys', {}, { headers: { 'x-amz-target': undefined } }),
      'UnknownOperationException',
    );
    assertError(await ask(handler, signedRequest({ method: 'PUT' })), 'UnknownOperationException');
  });

  test('with too long a body is refused before it is read to its end', async () => {
    const handler = await newHandler({ maxBodyBytes: 1000 });
    const answer = await call(handler, 'ListKeys', { Unknown: 'x'.repeat(1000) });
    assert.equal(answer.status, 413);
    assert.equal(answer.body['__type'], 'RequestEntityTooLargeException');
  });

  test('whose body does not come in time is let go', async ({ skip }) => {
    skip(!('duplex' in Request.prototype || runtimeSendsStreams()), 'no requests with a stream here');
    const handler = await newHandler({ maxBodyTime: 50 });
    await assertFails(newHandler({ maxBodyTime: 0 }), 'ValidationException', /maxBodyTime must be a positive number/);
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array([0x7b])),
      pull: () => new Promise(() => {}),
      cancel: () => {
        isCancelled = true;
      },
    });
    const { method, headers, url } = signedRequest({ operation: 'ListKeys', body: '{}' });
    const slow = new Request(url, { method, headers, body, duplex: 'half' } as RequestInit);
    const answer = await ask(handler, slow);
    assert.equal(answer.status, 408);
    assert.equal(answer.body['__type'], 'RequestTimeoutException');
    assert.isTrue(isCancelled, 'the client is no longer listened to');
  });

  test('is told to the log, without secrets', async () => {
    const records: CallRecord[] = [];
    const handler = await newHandler({ onCall: (record) => records.push(record) });
    const { KeyId } = (await call(handler, 'CreateKey')).body['KeyMetadata'] as Record<string, unknown>;
    await call(handler, 'Encrypt', { KeyId, Plaintext: 'c2VjcmV0IQ==' });
    await call(handler, 'DescribeKey', { KeyId: 'x' });
    assert.deepEqual(
      records.map(({ operation, status, principalArn, region, error }) => [
        operation,
        status,
        principalArn,
        region,
        error?.name,
      ]),
      [
        ['CreateKey', 200, testCredential.principalArn, 'us-east-1', undefined],
        ['Encrypt', 200, testCredential.principalArn, 'us-east-1', undefined],
        ['DescribeKey', 400, testCredential.principalArn, 'us-east-1', 'NotFoundException'],
      ],
    );
    assert.notMatch(JSON.stringify(records), /c2VjcmV0IQ|secret of the tests/);
  });

  test('that fails unexpectedly tells nothing of the inside', async () => {
    const records: CallRecord[] = [];
    const handler = createHandler(() => Promise.reject(new Error('inside')), {
      credentials: [testCredential],
      onCall: (record) => records.push(record),
    });
    const answer = await call(handler, 'ListKeys');
    assert.equal(answer.status, 500);
    assert.equal(answer.body['__type'], 'KMSInternalException');
    assert.notInclude(JSON.stringify(answer.body), 'inside');
    assert.include(String(records[0]?.error?.cause), 'inside');
  });
});

describe('authentication', () => {
  const now = Date.UTC(2030, 0, 1, 12);
  const minute = 60_000;
  /** Each is wrong in this one way, and in what its list of checks puts behind it. */
  const cases: [
    name: string,
    options: ToSign,
    change: (headers: Record<string, string>) => void,
    error: string,
    message: string | RegExp,
  ][] = [
    [
      'without credentials',
      {},
      (h) => {
        delete h['authorization'];
      },
      'MissingAuthenticationTokenException',
      'Request is missing Authentication Token',
    ],
    [
      'of another algorithm',
      {},
      (h) => {
        h['authorization'] = 'Basic Zm9v';
      },
      'IncompleteSignatureException',
      /algorithm/,
    ],
    [
      'without parts',
      {},
      (h) => {
        h['authorization'] = 'AWS4-HMAC-SHA256';
      },
      'IncompleteSignatureException',
      /requires 'Credential' parameter.*'Signature'.*'SignedHeaders'/,
    ],
    [
      'without a signature',
      {},
      (h) => {
        h['authorization'] = h['authorization']?.replace(/, Signature.*/, '') ?? '';
      },
      'IncompleteSignatureException',
      "Authorization header requires 'Signature' parameter.",
    ],
    [
      'with a part that is none',
      {},
      (h) => {
        h['authorization'] += ', nonsense';
      },
      'IncompleteSignatureException',
      /missing equal-sign/,
    ],
    [
      'with a part twice',
      {},
      (h) => {
        h['authorization'] += ', Signature=00';
      },
      'IncompleteSignatureException',
      /more than once/,
    ],
    [
      'with a short credential',
      {},
      (h) => {
        h['authorization'] = h['authorization']?.replace('/kms/', '/') ?? '';
      },
      'IncompleteSignatureException',
      /exactly 5 slash-delimited elements/,
    ],
    [
      'with another terminator',
      {},
      (h) => {
        h['authorization'] = h['authorization']?.replace('aws4_request', 'aws5_request') ?? '';
      },
      'IncompleteSignatureException',
      /valid terminator/,
    ],
    [
      'without a date',
      {},
      (h) => {
        delete h['x-amz-date'];
      },
      'IncompleteSignatureException',
      /existence of either/,
    ],
    [
      'with a date that is none',
      {},
      (h) => {
        h['x-amz-date'] = 'yesterday';
      },
      'IncompleteSignatureException',
      /basic format/,
    ],
    [
      'with unsorted names',
      {},
      (h) => {
        h['authorization'] = h['authorization']?.replace('content-type;host', 'host;content-type') ?? '';
      },
      'IncompleteSignatureException',
      /sorted/,
    ],
    [
      'of another day',
      {},
      (h) => {
        h['authorization'] = h['authorization']?.replace('/20300101/', '/20300102/') ?? '';
      },
      'InvalidSignatureException',
      /does not match YYYYMMDD/,
    ],
    [
      'of another Region',
      { region: 'eu-west-1' },
      () => {},
      'InvalidSignatureException',
      "Credential should be scoped to a valid region, not 'eu-west-1'.",
    ],
    [
      'of another service',
      { service: 's3' },
      () => {},
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'kms'.",
    ],
    [
      'that does not sign the operation',
      { unsigned: ['x-amz-target'] },
      () => {},
      'InvalidSignatureException',
      /'x-amz-target' must be a 'SignedHeader'/,
    ],
    ['that does not sign the host', { unsigned: ['host'] }, () => {}, 'InvalidSignatureException', /'host' must be/],
    [
      'that does not sign a token',
      { unsigned: ['x-amz-security-token'], headers: { 'x-amz-security-token': 'x' } },
      () => {},
      'InvalidSignatureException',
      /must be a 'SignedHeader'/,
    ],
    [
      'too old',
      { time: now - 5 * minute - 1000, accessKeyId: 'AKIDUNKNOWN' },
      () => {},
      'InvalidSignatureException',
      'Signature expired: 20300101T115459Z is now earlier than 20300101T115500Z (20300101T120000Z - 5 min.)',
    ],
    [
      'too new',
      { time: now + 5 * minute + 1000 },
      () => {},
      'InvalidSignatureException',
      'Signature not yet current: 20300101T120501Z is still later than 20300101T120500Z (20300101T120000Z + 5 min.)',
    ],
    [
      'by nobody known',
      { accessKeyId: 'AKIDUNKNOWN' },
      () => {},
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      'with another secret',
      { secretAccessKey: 'wrong', headers: { 'x-amz-security-token': 'x' } },
      () => {},
      'InvalidSignatureException',
      /does not match the signature you provided/,
    ],
    [
      'with a signature that is no hex',
      {},
      (h) => {
        h['authorization'] = h['authorization']?.replace(/Signature=.*/, 'Signature=zz') ?? '';
      },
      'InvalidSignatureException',
      /does not match/,
    ],
    [
      'with a changed operation',
      {},
      (h) => {
        h['x-amz-target'] = 'TrentService.CreateKey';
      },
      'InvalidSignatureException',
      /does not match/,
    ],
    [
      'with another hash of the body',
      { headers: { 'x-amz-content-sha256': '0'.repeat(64) } },
      () => {},
      'InvalidSignatureException',
      /does not match/,
    ],
    [
      'with an unsigned payload',
      { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      () => {},
      'InvalidSignatureException',
      /does not match/,
    ],
    [
      'with a token that it should not have',
      { headers: { 'x-amz-security-token': 'x' } },
      () => {},
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
  ];
  for (const [name, options, change, error, message] of cases) {
    test(`a request ${name} is refused with ${error}`, async () => {
      const handler = await newHandler({ clock: () => now });
      assertError(await ask(handler, signedRequest({ time: now, ...options }, change)), error, message);
    });
  }

  test('at the edges of the tolerance is fine, also with another tolerance', async () => {
    const handler = await newHandler({ clock: () => now });
    for (const time of [now - 5 * minute, now + 5 * minute])
      assert.equal((await call(handler, 'ListKeys', {}, { time })).status, 200);
    const patient = await newHandler({ clock: () => now, toleranceMinutes: 15 });
    assert.equal((await call(patient, 'ListKeys', {}, { time: now - 15 * minute })).status, 200);
  });

  test('takes separators without spaces and parts in any order', async () => {
    const handler = await newHandler();
    const request = signedRequest({}, (headers) => {
      const [algorithm, ...parts] = (headers['authorization'] ?? '').split(/,? /);
      headers['authorization'] = `${algorithm} ${parts.reverse().join(',')}`;
    });
    assert.equal((await ask(handler, request)).status, 200);
  });

  test('wants the session token of the access key, until it ends', async () => {
    const credential = { ...testCredential, sessionToken: 'token', expiration: new Date(now) };
    const before = await newHandler({ clock: () => now - 1, credentials: [credential] });
    const withToken = { time: now, headers: { 'x-amz-security-token': 'token' } };
    assert.equal((await call(before, 'ListKeys', {}, withToken)).status, 200);
    for (const token of [undefined, '', 'tokem', 'token2']) {
      const answer = await call(before, 'ListKeys', {}, { time: now, headers: { 'x-amz-security-token': token } });
      assertError(answer, 'UnrecognizedClientException');
    }
    const after = await newHandler({ clock: () => now, credentials: [credential] });
    assertError(
      await call(after, 'ListKeys', {}, withToken),
      'ExpiredTokenException',
      'The security token included in the request is expired',
    );
  });

  test('follows a secret that was changed', async () => {
    let secretAccessKey = 'first';
    const handler = await newHandler({
      credentials: (accessKeyId) => ({ ...testCredential, accessKeyId, secretAccessKey }),
    });
    assert.equal((await call(handler, 'ListKeys', {}, { secretAccessKey: 'first' })).status, 200);
    secretAccessKey = 'second';
    assertError(await call(handler, 'ListKeys', {}, { secretAccessKey: 'first' }), 'InvalidSignatureException');
    assert.equal((await call(handler, 'ListKeys', {}, { secretAccessKey: 'second' })).status, 200);
  });

  test('accepts a signature once where the call changes something, and again where it does not', async () => {
    let time = now;
    const handler = await newHandler({ clock: () => time });
    const create = () => call(handler, 'CreateKey', {}, { time: now });
    assert.equal((await create()).status, 200);
    assertError(await create(), 'InvalidSignatureException', /carried out already/);
    time = now + 5 * minute;
    assertError(await create(), 'InvalidSignatureException', /carried out already/);
    time = now + 5 * minute + 1000;
    assertError(await create(), 'InvalidSignatureException', /expired/);
    time = now;
    const list = () => call(handler, 'ListKeys', {}, { time: now });
    assert.equal(((await list()).body['Keys'] as unknown[]).length, 1);
    assert.equal((await list()).status, 200);
    assert.equal(
      (await call(handler, 'CreateKey', {}, { time: now, headers: { 'amz-sdk-invocation-id': 'x' } })).status,
      200,
    );
  });

  test('tells a client that signs the same twice in a second from a replay', async () => {
    let time = now;
    const handler = await newHandler({ clock: () => time });
    const create = (id: string) =>
      ask(
        handler,
        signedRequest({ operation: 'CreateKey', time: now }, (headers) => {
          headers['amz-sdk-invocation-id'] = id;
        }),
      );
    for (const id of ['a', 'b', 'c']) assert.equal((await create(id)).status, 200);
    assertError(await create('b'), 'InvalidSignatureException', /carried out already/);
    time = now + 2001;
    assertError(await create('d'), 'InvalidSignatureException', /carried out already/);
  });

  // boto3 signs neither its id of a call nor the number of the attempt, and tries again within the second.
  test('carries the second attempt of a call out whose first failed here', async () => {
    const store = memoryStore();
    let hasFailed = true;
    const flaky: Store = {
      ...store,
      commit: (...change) => {
        if (hasFailed) return store.commit(...change);
        hasFailed = true;
        throw new Error('The disk is away.');
      },
    };
    const handler = createHandler(await openKms({ store: flaky }), { credentials: [testCredential], clock: () => now });
    const attempt = (number: number) =>
      ask(
        handler,
        signedRequest({ operation: 'CreateKey', time: now }, (headers) => {
          headers['amz-sdk-invocation-id'] = '8f0b1f52-2ee9-4bbf-a3a2-4c6d7ff7c6d1';
          headers['amz-sdk-request'] = `ttl=20300101T120010Z; attempt=${number}; max=5`;
        }),
      );
    hasFailed = false;
    assert.equal((await attempt(1)).status, 500);
    assert.equal((await attempt(2)).status, 200);
    assertError(await attempt(2), 'InvalidSignatureException', /carried out already/);
  });

  test('takes an AWS CLI that makes two keys in a second for no replay', async ({ skip }) => {
    const probe = new Request('http://localhost', { headers: { 'user-agent': 'aws-cli/2' } });
    if (probe.headers.get('user-agent') !== 'aws-cli/2') skip('this browser sets `user-agent` itself');
    let time = now;
    const handler = await newHandler({ clock: () => time });
    const create = (agent: string, second = 0) =>
      ask(
        handler,
        signedRequest({ operation: 'CreateKey', time: now + 1000 * second }, (headers) => {
          headers['user-agent'] = agent;
        }),
      );
    const cli = 'aws-cli/2.9.19 Python/3.11.2';
    for (let i = 0; i < 3; i++) assert.equal((await create(cli)).status, 200);
    time = now + 2001;
    assertError(await create(cli), 'InvalidSignatureException', /carried out already/);
    // A program may say its own name first.
    const terraform = 'APN/1.0 HashiCorp/1.0 Terraform/1.0 (+https://www.terraform.io) aws-sdk-go/1.44.133 (go1.19.8)';
    for (let i = 0; i < 3; i++) assert.equal((await create(terraform, 1)).status, 200);
    // Of any other client, the second is one.
    assert.equal((await create('curl/8.0 my-aws-cli/2', 2)).status, 200);
    assertError(await create('curl/8.0 my-aws-cli/2', 2), 'InvalidSignatureException', /carried out already/);
  });

  test('remembers so many signatures and ids of calls, and no more', () => {
    let steady = 0;
    const replays = new Replays(3, () => steady);
    const take = (signature: string, id: string, at: number) => {
      steady = at;
      replays.refuseSecond(signature, id, at + 1000, at);
    };
    for (const id of ['1', '2', '3']) take('a', id, 0);
    assert.equal(replays.size, 3);
    assert.throws(() => take('a', '4', 0), /Rate exceeded/);
    assert.throws(() => take('b', '1', 0), /Rate exceeded/);
    // What is too old to be sent again makes room.
    take('b', '1', 1001);
    assert.equal(replays.size, 1);
    // An id of any length would be memory for whoever sends it.
    take('b', 'x'.repeat(65), 1001);
    assert.throws(() => take('b', 'y'.repeat(10_000), 1001), /carried out already/);
    assert.equal(replays.size, 2);
  });

  test('keeps of a body that comes byte by byte no more than twice its bytes', () => {
    const buffer = new BodyBuffer(10_000);
    // As a stream of workerd gives it: a byte, in a block of its own.
    for (let i = 0; i < 10_000; i++) assert.isTrue(buffer.append(new Uint8Array(4096).fill(i).subarray(0, 1)));
    assert.isFalse(buffer.append(new Uint8Array(1)));
    assert.equal(buffer.bytes.length, 10_000);
    assert.isAtMost(buffer.bytes.buffer.byteLength, 20_000);
    assert.deepEqual([...buffer.bytes.subarray(255, 258)], [255, 0, 1]);
  });

  test('is refused before a long body is read, where it cannot be right', async () => {
    let isRead = false;
    const { accessKeyId } = testCredential;
    const options = readHandlerOptions(await openKms({ store: memoryStore() }), { credentials: [testCredential] });
    const front = createFront(options);
    const send = async (headers: Record<string, string>, length: number | undefined) => {
      isRead = false;
      const { body } = await front({
        method: 'POST',
        target: '/',
        origin: 'https://kms.test',
        headers: collectHeaders(
          Object.entries({ ...headers, ...(length === undefined ? {} : { 'content-length': String(length) }) }),
        ),
        remoteAddress: undefined,
        async readBody() {
          isRead = true;
          return new TextEncoder().encode('{}');
        },
      });
      return JSON.parse(body).__type as string | undefined;
    };
    const cases: readonly [options: ToSign, name: string, isRead: boolean][] = [
      [{ accessKeyId: 'AKIDNOBODY' }, 'UnrecognizedClientException', false],
      [{ time: Date.now() - 10 * minute }, 'InvalidSignatureException', false],
      [{ service: 's3' }, 'InvalidSignatureException', false],
      // Only the body tells that this one is forged.
      [{ accessKeyId, secretAccessKey: 'stolen' }, 'InvalidSignatureException', true],
    ];
    for (const [toSign, name, mustRead] of cases)
      for (const length of [100_000, undefined]) {
        assert.equal(await send(sign(toSign).headers, length), name);
        assert.equal(isRead, mustRead, name);
      }
    assert.equal(await send({}, 100_000), 'MissingAuthenticationTokenException');
    assert.isFalse(isRead);
    assert.equal(await send(sign().headers, 2 << 20), 'RequestEntityTooLargeException');
    assert.isFalse(isRead);
    assert.isUndefined(await send(sign().headers, undefined));
    assert.isTrue(isRead);
  });

  test('gives each access key its principal', async () => {
    const kms = await openKms({ store: memoryStore() });
    const callers: unknown[] = [];
    const spied = Object.create(kms, {
      as: {
        value: (caller: { arn: string }) => {
          callers.push(caller);
          return kms.as(caller);
        },
      },
      scope: { value: kms.scope },
    }) as typeof kms;
    const other = {
      ...testCredential,
      accessKeyId: 'AKIDOTHER',
      principalArn: 'arn:aws:sts::000000000000:assumed-role/r/s',
      administrator: false,
    };
    const handler = createHandler(spied, { credentials: [testCredential, other] });
    await call(handler, 'ListKeys');
    await call(handler, 'ListKeys', {}, { accessKeyId: 'AKIDOTHER' });
    const from = { sourceIPAddress: 'unknown', userAgent: 'unknown' };
    assert.deepEqual(callers, [
      { arn: testCredential.principalArn, isAdministrator: true, accessKeyId: 'AKIDTESTS', ...from },
      { arn: other.principalArn, isAdministrator: false, accessKeyId: 'AKIDOTHER', ...from },
    ]);
  });

  test('finds the service of the account and the Region that the signature names', async () => {
    const asked: unknown[] = [];
    const handler = createHandler(
      (scope) => {
        asked.push(scope);
        return openKms({ store: memoryStore(), ...scope });
      },
      { credentials: [testCredential] },
    );
    const answer = await call(handler, 'CreateKey', {}, { region: 'eu-central-1' });
    assert.match((answer.body['KeyMetadata'] as { Arn: string }).Arn, /^arn:aws:kms:eu-central-1:000000000000:key/);
    assertError(
      await call(handler, 'ListKeys', {}, { region: 'Mars' }),
      'InvalidSignatureException',
      /valid region, not 'Mars'/,
    );
    assert.deepEqual(asked, [{ accountId: '000000000000', region: 'eu-central-1' }]);
  });
});

describe('cross-origin calls', () => {
  // Browsers let no script set `origin`, nor see a request of their own with one.
  const isBrowser = typeof document !== 'undefined';

  test('are allowed to pages of any origin, as they are signed', async ({ skip }) => {
    if (isBrowser) skip('browsers set `origin` themselves');
    const handler = await newHandler();
    const preflight = await handler(
      new Request('https://kms.test/', {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.test',
          'access-control-request-method': 'POST',
          'access-control-request-private-network': 'true',
        },
      }),
    );
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
    assert.equal(preflight.headers.get('access-control-allow-private-network'), 'true');
    for (const name of ['authorization', 'x-amz-target', 'x-amz-security-token', 'amz-sdk-request'])
      assert.include(preflight.headers.get('access-control-allow-headers'), name);
    const answer = await ask(
      handler,
      signedRequest({}, (headers) => {
        headers['origin'] = 'https://app.test';
      }),
    );
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    for (const name of ['x-amzn-requestid', 'x-amzn-errortype', 'date'])
      assert.include(answer.headers.get('access-control-expose-headers'), name);
    assert.isNotNaN(Date.parse(answer.headers.get('date') ?? ''));
  });

  test('are allowed to the listed origins only, where there is a list', async ({ skip }) => {
    if (isBrowser) skip('browsers set `origin` themselves');
    const handler = await newHandler({ allowedOrigins: ['https://app.test'] });
    for (const [origin, status] of [
      ['https://app.test', 200],
      ['https://evil.test', 400],
      ['null', 400],
    ] as const) {
      const answer = await ask(
        handler,
        signedRequest({}, (headers) => {
          headers['origin'] = origin;
        }),
      );
      assert.equal(answer.status, status, origin);
      assert.equal(answer.headers.get('access-control-allow-origin'), status === 200 ? origin : null);
      assert.equal(answer.headers.get('vary'), 'origin');
      const preflight = await handler(new Request('https://kms.test/', { method: 'OPTIONS', headers: { origin } }));
      assert.equal(preflight.headers.has('access-control-allow-headers'), status === 200);
    }
  });
});

describe('the unsigned mode', () => {
  const unsigned = { unsignedOnLoopback: { principalArn: 'arn:aws:iam::000000000000:root', administrator: true } };
  const request = (url: string, headers: Record<string, string> = {}) =>
    new Request(url, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys', ...headers },
    });

  test('answers on loopback only', async () => {
    const handler = createHandler(await openKms({ store: memoryStore() }), unsigned);
    for (const url of ['http://localhost:4599/', 'http://127.0.0.1/', 'http://[::1]:80/'])
      assert.equal((await ask(handler, request(url))).status, 200, url);
    for (const url of [
      'http://kms.test/',
      'http://localhost.evil.test/',
      'http://192.168.0.1/',
      'http://127.0.0.1.evil.test/',
    ])
      assertError(await ask(handler, request(url)), 'AccessDeniedException', /loopback/);
  });

  test('answers pages of no other origin, whatever they send', async ({ skip }) => {
    if (typeof document !== 'undefined') skip('browsers set `origin` themselves');
    const handler = createHandler(await openKms({ store: memoryStore() }), unsigned);
    assertError(
      await ask(handler, request('http://localhost/', { origin: 'https://evil.test' })),
      'AccessDeniedException',
    );
    assert.equal((await ask(handler, request('http://localhost/', { origin: 'http://localhost' }))).status, 200);
  });

  test('takes no simple request of a form', async () => {
    const handler = createHandler(await openKms({ store: memoryStore() }), unsigned);
    assertError(
      await ask(handler, request('http://localhost/', { 'content-type': 'text/plain' })),
      'UnknownOperationException',
    );
  });
});

describe('createHandler', () => {
  test('checks its options', async () => {
    const kms = await openKms({ store: memoryStore() });
    const make = async (options: unknown) => createHandler(kms, options as SignedOptions);
    await assertFails(make({}), 'ValidationException', /either credentials, or unsignedOnLoopback/);
    await assertFails(make({ credentials: [testCredential], unsignedOnLoopback: {} }), 'ValidationException');
    await assertFails(
      make({ credentials: [testCredential, testCredential] }),
      'ValidationException',
      /two credentials/,
    );
    for (const [member, value] of [
      ['accessKeyId', 'a/b'],
      ['secretAccessKey', ''],
      ['principalArn', 'me'],
      ['sessionToken', 7],
      ['administrator', 'yes'],
      ['expiration', 'x'],
    ])
      await assertFails(
        make({ credentials: [{ ...testCredential, [member as string]: value }] }),
        'ValidationException',
      );
    await assertFails(
      make({ credentials: [testCredential], toleranceMinutes: -1 }),
      'ValidationException',
      /toleranceMinutes/,
    );
    assert.equal(basicTime(0), '19700101T000000Z');
  });
});
