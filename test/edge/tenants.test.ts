// Many tenants in one process: each has its own keyring, whatever it says; keyrings open when needed and are let go of again.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type TenantOptions, tenants } from '../../src/edge/index.ts';
import { createHandler } from '../../src/http/index.ts';
import { type Kms, memoryStore, openKms, type Store } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { signedRequest } from '../support/signer.ts';

const accounts = ['111111111111', '222222222222'] as const;

function place(options: Partial<TenantOptions> = {}) {
  const stores = new Map<string, Store>();
  const opened: string[] = [];
  const open = async (accountId: string): Promise<Kms> => {
    opened.push(accountId);
    const store = stores.get(accountId) ?? memoryStore();
    stores.set(accountId, store);
    return openKms({ store, accountId });
  };
  return { opened, find: tenants({ open, ...options }) };
}
const at = (accountId: string, region = 'us-east-1') => ({ accountId, region });

describe('tenants', () => {
  test('have keyrings of their own, opened once', async () => {
    const { find, opened } = place();
    const [a, b, again] = await Promise.all([find(at(accounts[0])), find(at(accounts[1])), find(at(accounts[0]))]);
    const { KeyMetadata } = await a.createKey();
    assert.equal((await again.listKeys()).Keys?.length, 1);
    assert.equal((await b.listKeys()).Keys?.length, 0);
    await assertFails(b.describeKey({ KeyId: KeyMetadata.KeyId }), 'NotFoundException');
    assert.deepEqual(opened, [...accounts]);
  });

  test('have every Region in one keyring', async () => {
    const { find } = place();
    const [east, west] = await Promise.all([find(at(accounts[0])), find(at(accounts[0], 'us-west-2'))]);
    const { KeyMetadata } = await east.createKey({ MultiRegion: true });
    await east.replicateKey({ KeyId: KeyMetadata.KeyId, ReplicaRegion: 'us-west-2' });
    assert.equal((await west.listKeys()).Keys?.length, 1);
  });

  test('that were not used for longest are let go of, and opened again with all they had', async () => {
    const { find, opened } = place({ mostOpen: 2 });
    const ids = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(12));
    const blobs = new Map<string, Uint8Array>();
    for (const id of ids) {
      const kms = await find(at(id));
      const { KeyMetadata } = await kms.createKey();
      const { CiphertextBlob } = await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8(id) });
      blobs.set(id, CiphertextBlob);
    }
    for (const id of ids) {
      const kms = await find(at(id));
      assert.deepEqual((await kms.decrypt({ CiphertextBlob: blobs.get(id) as Uint8Array })).Plaintext, utf8(id));
    }
    assert.equal(opened.length, 10);
  });

  test('hold as many keys as each of them may, replicas counted', async () => {
    const limits: Record<string, number> = { [accounts[0]]: 2, [accounts[1]]: 1 };
    const stores = accounts.map(() => memoryStore());
    const open = (accountId: string) => {
      const store = stores[accounts.indexOf(accountId as (typeof accounts)[0])] as Store;
      return openKms({ store, accountId, mostKeys: limits[accountId] });
    };
    const find = tenants({ open });
    const [a, b] = await Promise.all([find(at(accounts[0])), find(at(accounts[1]))]);
    const { KeyId } = (await a.createKey({ MultiRegion: true })).KeyMetadata;
    await b.createKey();
    await assertFails(b.createKey(), 'LimitExceededException', 'There can be no more than 1 keys.');
    await a.replicateKey({ KeyId, ReplicaRegion: 'us-west-2' });
    await assertFails(a.createKey(), 'LimitExceededException', 'There can be no more than 2 keys.');
    await assertFails(a.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' }), 'LimitExceededException');
    await a.encrypt({ KeyId, Plaintext: utf8('x') });
    // A limit that is lowered takes nothing away.
    const lowered = await openKms({ store: stores[0] as Store, accountId: accounts[0], mostKeys: 0 });
    await lowered.encrypt({ KeyId, Plaintext: utf8('x') });
    await assertFails(lowered.createKey(), 'LimitExceededException');
    await assertFails(openKms({ store: memoryStore(), mostKeys: 1.5 }), 'ValidationException', /^mostKeys must be/);
  });

  test('whose keyring cannot be opened are tried again', async () => {
    let tries = 0;
    const find = tenants({
      open: () => {
        if (++tries === 1) throw new Error('not yet');
        return openKms({ store: memoryStore(), accountId: accounts[0] });
      },
    });
    const first = await find(at(accounts[0])).catch((error: Error) => error.message);
    assert.equal(first, 'not yet');
    await (await find(at(accounts[0]))).listKeys();
    assert.equal(tries, 2);
  });

  test('have all their records written before a process ends, also where one of them cannot be opened', async () => {
    const stores = accounts.map(() => memoryStore());
    const find = tenants({
      open: async (accountId) => {
        const store = stores[accounts.indexOf(accountId as (typeof accounts)[0])];
        if (store === undefined) throw new Error('not one of ours');
        return openKms({ store, accountId });
      },
    });
    const broken = find(at('333333333333')).catch((error: Error) => error.message);
    for (const account of accounts) await (await find(at(account))).generateRandom({ NumberOfBytes: 1 });
    await find.flush();
    assert.equal(await broken, 'not one of ours');
    for (const store of stores) assert.lengthOf(await store.list('trail', { limit: 2 }), 1);
  });

  test('are not told of mistakes in how the service was set up', async () => {
    const find = tenants({ open: () => openKms({ accountId: 'not one', store: memoryStore() }) });
    const error = await failure(find(at(accounts[0])));
    assert.deepEqual([error.name, error.message], ['KMSInternalException', 'The keyring could not be opened.']);
    assert.match(String(error.cause), /accountId|account/i);
  });

  test('are throttled one by one, and again after a while', async () => {
    let now = 0;
    const { find } = place({ rate: { perSecond: 2, burst: 3 }, clock: () => now });
    for (let i = 0; i < 3; i++) await find(at(accounts[0]));
    await assertFails(find(at(accounts[0])), 'ThrottlingException', 'Rate exceeded');
    await find(at(accounts[1]));
    now += 499;
    await assertFails(find(at(accounts[0])), 'ThrottlingException');
    now += 2;
    await find(at(accounts[0]));
    now -= 60_000; // a clock set back neither blocks nor gives
    await assertFails(find(at(accounts[0])), 'ThrottlingException');
    now += 60_501;
    await find(at(accounts[0]));
  });

  test('refuses options that are none, and names them', () => {
    const open = () => openKms({ store: memoryStore() });
    assert.throws(() => tenants({} as TenantOptions), /^open must be/);
    assert.throws(() => tenants({ open, mostOpen: 0 }), /^mostOpen must be/);
    assert.throws(() => tenants({ open, rate: { perSecond: 0 } }), /^perSecond must be/);
    assert.throws(() => tenants({ open, rate: { perSecond: 1, burst: 0.5 } }), /^burst must be/);
  });
});

describe('tenants over HTTP', () => {
  const credentials = accounts.map((account, index) => ({
    accessKeyId: `AKID${index}`,
    secretAccessKey: `secret ${index}`,
    principalArn: `arn:aws:iam::${account}:user/app`,
    administrator: true,
  }));

  test('a signature decides whose keyring it is; the ARN of another tenant’s key leads nowhere', async () => {
    const { find } = place();
    const handler = createHandler(find, { credentials });
    const call = async (who: number, operation: string, input: object) => {
      const { accessKeyId, secretAccessKey } = credentials[who] as (typeof credentials)[number];
      const request = signedRequest({ accessKeyId, secretAccessKey, operation, body: JSON.stringify(input) });
      const response = await handler(request);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const made = await call(0, 'CreateKey', {});
    assert.equal(made.status, 200);
    const { Arn } = made.body['KeyMetadata'] as { Arn: string };
    assert.match(Arn, /:111111111111:key\//);
    const stranger = await call(1, 'DescribeKey', { KeyId: Arn });
    assert.deepEqual([stranger.status, stranger.body['__type']], [400, 'NotFoundException']);
    assert.deepEqual((await call(1, 'ListKeys', {})).body['Keys'], []);
  });
});
