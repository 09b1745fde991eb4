// The store in PostgreSQL against a real server: the suite for every store, two processes' worth of connections, and a server that ends.
import { assert } from 'chai';
import pg from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { type PostgresPool, postgresStore } from '../../src/store/postgres.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { describeStore } from './conformance.ts';
import { describeFaults, type Fault } from './faulty.ts';

let server: Postgres;
const pools: pg.Pool[] = [];
const newPool = (): pg.Pool => {
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 4 });
  pool.on('error', () => {}); // idle connections that the server closed
  pools.push(pool);
  return pool;
};
const newRoot = () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await server.stop();
});

let count = 0;
describeStore('PostgreSQL', {
  create() {
    const name = `suite-${count++}`;
    const open = () => postgresStore(newPool(), { name });
    return { store: open(), reopen: open };
  },
});

describeFaults(
  'PostgreSQL',
  async () => {
    const [name, pool] = [`faulty-${count++}`, pools[0] ?? newPool()];
    return {
      create: ({ fault }) => postgresStore(faultyPool(pool, fault), { name }),
      healthy: () => postgresStore(pool, { name }),
      root: await newRoot(),
    };
  },
  { every: 23, fail: () => new Error('out of shared memory') },
);

/** Statements that fail, one by one: those of transactions too. */
function faultyPool(pool: pg.Pool, fault: Fault): PostgresPool {
  return {
    query: (text, values) => fault(() => pool.query(text, values)),
    async connect() {
      // Before it connects: a connection that nobody was given would never come back.
      await fault(async () => {});
      const client = await pool.connect();
      return {
        query: (text, values) => fault(() => client.query(text, values)),
        release: (error) => client.release(error),
      };
    },
  };
}

describe('the store in PostgreSQL', () => {
  test('makes its table once, whoever comes first', async () => {
    const stores = Array.from({ length: 6 }, () => postgresStore(newPool(), { table: 'made_at_once' }));
    const counts = await Promise.all(stores.map((store) => store.count('keys')));
    assert.deepEqual(counts, [0, 0, 0, 0, 0, 0]);
  });

  test('keeps keyrings of one table apart', async () => {
    const pool = newPool();
    const [one, other] = ['one', 'other'].map((name) => postgresStore(pool, { name })) as [
      ReturnType<typeof postgresStore>,
      ReturnType<typeof postgresStore>,
    ];
    await one.commit([], [{ table: 'a', id: '1', value: utf8('mine') }], 'strict');
    assert.deepEqual(await other.read([{ table: 'a', id: '1' }]), [undefined]);
    assert.deepEqual(await other.list('a', { limit: 10 }), []);
    assert.equal(await other.count('a'), 0);
  });

  test('refuses names that would be code, and rows with CryptoKeys', async () => {
    const pool = newPool();
    assert.throws(() => postgresStore(pool, { table: 'rows; DROP TABLE users' }), /^table must be/);
    assert.throws(() => postgresStore(pool, { name: "'" }), /^name must be/);
    const key = await newRoot();
    const commit = postgresStore(pool).commit([], [{ table: 'a', id: '1', value: new Uint8Array(0), key }], 'strict');
    await assertFails(commit, 'KeysNotKept');
    await assertFails(openKms({ store: postgresStore(pool, { name: 'no-root' }) }), 'KeysNotKept');
  });

  test('two services on one keyring see one truth', async () => {
    const root = await newRoot();
    const open = () => openKms({ store: postgresStore(newPool(), { name: 'shared' }), root });
    const [a, b] = await Promise.all([open(), open()]);
    const { KeyMetadata } = await a.createKey();
    const { CiphertextBlob } = await a.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('both') });
    assert.deepEqual((await b.decrypt({ CiphertextBlob })).Plaintext, utf8('both'));
    const names = Array.from({ length: 12 }, (_, index) => `alias/${index % 6}`);
    const outcomes = await Promise.allSettled(
      names.map((AliasName, index) => (index < 6 ? a : b).createAlias({ AliasName, TargetKeyId: KeyMetadata.KeyId })),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 6);
    await a.disableKey({ KeyId: KeyMetadata.KeyId });
    await assertFails(b.decrypt({ CiphertextBlob }), 'DisabledException');
  });

  test('a server that ends is StoreUnavailable, and nothing that was acknowledged is lost', async () => {
    const root = await newRoot();
    const kms = await openKms({ store: postgresStore(newPool(), { name: 'ends' }), root });
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 4 }, async () => {
      for (;;) acknowledged.push((await kms.createKey()).KeyMetadata.KeyId);
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await server.kill();
    const errors = await Promise.all(writers.map((writer) => failure(writer)));
    assert.deepEqual([...new Set(errors.map(({ code }) => code))], ['StoreUnavailable']);
    await assertFails(kms.createKey(), 'StoreUnavailable');
    await server.start();
    const again = await openKms({ store: postgresStore(newPool(), { name: 'ends' }), root });
    assert.isAbove(acknowledged.length, 3);
    for (const KeyId of acknowledged) await again.encrypt({ KeyId, Plaintext: utf8('still here') });
    await kms.createKey(); // the old connections recover as well
  }, 60_000);

  test('a database that hangs is StoreUnavailable within the deadline', async () => {
    const never = () => new Promise<never>(() => {});
    const hanging: PostgresPool = { query: never, connect: never };
    const store = postgresStore(hanging, { deadline: 100 });
    await assertFails(store.read([{ table: 'a', id: '1' }]), 'StoreUnavailable', /within 100 ms/);
  });
});
