// The door in front of keyrings that are elsewhere: who cannot sign reaches none, and who can reaches its own.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { createDoor, type RemoteKeyring } from '../../src/edge/index.ts';
import { createHandler } from '../../src/http/index.ts';
import { memoryStore, openKms } from '../../src/index.ts';
import { signedRequest, type ToSign } from '../support/signer.ts';

const credentials = ['111111111111', '222222222222'].map((account, index) => ({
  accessKeyId: `AKID${index}`,
  secretAccessKey: `secret ${index}`,
  principalArn: `arn:aws:iam::${account}:user/app`,
  administrator: true,
}));

/** A door, the keyrings behind it, and what reached them. */
async function place(rate?: { perSecond: number; burst: number }) {
  const reached: string[] = [];
  const keyrings = new Map<string, RemoteKeyring>();
  for (const { principalArn } of credentials) {
    const accountId = principalArn.split(':')[4] as string;
    const handler = createHandler(await openKms({ store: memoryStore(), accountId }), { credentials });
    keyrings.set(accountId, {
      fetch: (request) => {
        reached.push(accountId);
        return handler(request);
      },
    });
  }
  const door = createDoor({ credentials, rate, keyringOf: (accountId) => keyrings.get(accountId) as RemoteKeyring });
  const call = async (who: number, options: ToSign, change?: (headers: Record<string, string>) => void) => {
    const { accessKeyId, secretAccessKey } = credentials[who] as (typeof credentials)[number];
    const response = await door(signedRequest({ accessKeyId, secretAccessKey, ...options }, change));
    return { response, body: (await response.json()) as Record<string, unknown> };
  };
  return { reached, door, call };
}

describe('the door', () => {
  test('sends a signed request to the keyring of its account, with its body', async () => {
    const { call, reached } = await place();
    const made = await call(1, { operation: 'CreateKey', body: '{"Description":"über die Tür"}' });
    const { Arn, Description } = made.body['KeyMetadata'] as { Arn: string; Description: string };
    assert.match(Arn, /:222222222222:key\//);
    assert.equal(Description, 'über die Tür');
    assert.match(made.response.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(reached, ['222222222222']);
  });

  test('turns away what is not signed right, and no keyring hears of it', async () => {
    const { call, door, reached } = await place();
    const wrong: [string, Promise<{ body: Record<string, unknown> }>][] = [
      ['UnrecognizedClientException', call(0, { accessKeyId: 'AKIDNOBODY' })],
      ['InvalidSignatureException', call(0, { secretAccessKey: 'guessed' })],
      ['InvalidSignatureException', call(0, { time: Date.now() - 6 * 60_000 })],
      ['InvalidSignatureException', call(0, {}, (headers) => (headers['x-amz-target'] = 'TrentService.CreateKey'))],
      ['UnrecognizedClientException', call(0, { headers: { 'x-amz-security-token': 'stolen' } })],
    ];
    for (const [name, reply] of wrong) assert.equal((await reply).body['__type'], name);
    const unsigned = await door(new Request('https://kms.test/', { method: 'POST', body: '{}' }));
    assert.equal(unsigned.headers.get('x-amzn-errortype'), 'MissingAuthenticationTokenException');
    assert.deepEqual(reached, []);
  });

  test('one account’s signature never opens another’s keyring', async () => {
    const { call, reached } = await place();
    const { body } = await call(0, { operation: 'CreateKey' });
    const { Arn } = body['KeyMetadata'] as { Arn: string };
    const stranger = await call(1, { operation: 'DescribeKey', body: JSON.stringify({ KeyId: Arn }) });
    assert.equal(stranger.body['__type'], 'NotFoundException');
    assert.deepEqual(reached, ['111111111111', '222222222222']);
  });

  test('a change that is sent twice is refused by the keyring', async () => {
    const { call } = await place();
    const time = Date.now();
    assert.property((await call(0, { operation: 'CreateKey', time })).body, 'KeyMetadata');
    assert.equal((await call(0, { operation: 'CreateKey', time })).body['__type'], 'InvalidSignatureException');
  });

  test('is throttled by account, and lets nothing too long in', async () => {
    const { call, reached } = await place({ perSecond: 0.001, burst: 1 });
    await call(0, {});
    assert.equal((await call(0, { body: '{"Limit":1}' })).body['__type'], 'ThrottlingException');
    await call(1, {});
    assert.deepEqual(reached, ['111111111111', '222222222222']);
    const long = await call(1, { body: `{"x":"${'y'.repeat(1 << 20)}"}` });
    assert.equal(long.response.status, 413);
  });

  test('says that a keyring failed, and not how', async () => {
    const ask = async (failure: unknown) => {
      const door = createDoor({ credentials, keyringOf: () => ({ fetch: () => Promise.reject(failure) }) });
      const { accessKeyId, secretAccessKey } = credentials[0] as (typeof credentials)[number];
      return (await door(signedRequest({ accessKeyId, secretAccessKey }))).json();
    };
    assert.deepEqual(await ask(new Error('disk 7 of host 12 is full')), {
      __type: 'StoreUnavailable',
      message:
        'The keyring cannot be reached, or failed. What was acknowledged is kept; a change that was not may have been carried out.',
    });
    // An object that is moved while it answers.
    const cutOff = createDoor({
      credentials,
      keyringOf: () => ({
        fetch: async () => new Response(new ReadableStream({ pull: (to) => to.error(new TypeError('lost')) })),
      }),
    });
    const { accessKeyId, secretAccessKey } = credentials[0] as (typeof credentials)[number];
    const answer = await cutOff(signedRequest({ accessKeyId, secretAccessKey }));
    assert.propertyVal(await answer.json(), '__type', 'StoreUnavailable');
    const overloaded = Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true });
    assert.deepEqual(await ask(overloaded), { __type: 'ThrottlingException', message: 'Rate exceeded' });
  });

  test('answers the preflight of a page', async ({ skip }) => {
    if ('document' in globalThis) skip('browsers set `origin` themselves');
    const { door, reached } = await place();
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const reply = await door(new Request('https://kms.test/', { method: 'OPTIONS', headers }));
    assert.equal(reply.status, 204);
    assert.deepEqual(reached, []);
  });
});
