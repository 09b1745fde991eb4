// The store in Deno KV against the suite for every store, in real Deno, with its database in a file.
import { assert } from 'chai';
import { afterAll, describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { type DenoKv, denoKvStore } from '../../src/store/deno-kv.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { describeStore } from './conformance.ts';
import { describeFaults, type Fault } from './faulty.ts';

interface Runtime {
  openKv(path: string): Promise<DenoKv & { close(): void }>;
  makeTempDirSync(): string;
  removeSync(path: string, options: { recursive: boolean }): void;
}
const { Deno } = globalThis as unknown as { Deno: Runtime };

const folder = Deno.makeTempDirSync();
const open: { close(): void }[] = [];
const openFile = async (path: string) => {
  const kv = await Deno.openKv(path);
  open.push(kv);
  return kv;
};
afterAll(() => {
  for (const kv of open) kv.close();
  Deno.removeSync(folder, { recursive: true });
});

let count = 0;
describeStore('Deno KV', {
  async create() {
    const path = `${folder}/${count++}`;
    const [kv, second] = [await openFile(path), await openFile(path)];
    return { store: denoKvStore(kv), reopen: () => denoKvStore(second) };
  },
});

describeFaults(
  'Deno KV',
  async () => {
    const kv = await openFile(`${folder}/${count++}`);
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    return { create: ({ fault }) => denoKvStore(faultyKv(kv, fault)), healthy: () => denoKvStore(kv), root };
  },
  { every: 17, fail: () => new Error('disk I/O error') },
);

/** Reads and atomic operations that fail. */
function faultyKv(kv: DenoKv, fault: Fault): DenoKv {
  return {
    getMany: (keys) => fault(() => kv.getMany(keys)),
    async *list(selector, options) {
      yield* await fault(async () => kv.list(selector, options));
    },
    atomic() {
      const atomic = kv.atomic();
      const commit = atomic.commit.bind(atomic);
      atomic.commit = () => fault(commit);
      return atomic;
    },
  };
}

describe('the store in Deno KV', () => {
  const entriesOf = async (kv: DenoKv): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of kv.list({ prefix: ['keyhaven'] }, { limit: 10_000 })) found.push(`${key[2]}`);
    return found;
  };

  test('rows longer than a value of Deno KV leave no part behind', async () => {
    const kv = await openFile(`${folder}/${count++}`);
    const store = denoKvStore(kv);
    const at = { table: 'a', id: '1' };
    for (const length of [60_000, 60_001, 200_000, 10, 120_000]) {
      const value = random(length);
      assert.isTrue(await store.commit([], [{ ...at, value }], 'strict'));
      assert.deepEqual((await store.read([at]))[0]?.value, value);
      assert.isFalse(await store.commit([{ ...at, version: undefined }], [{ ...at, value }], 'strict'));
      assert.equal(
        (await entriesOf(kv)).filter((kind) => kind === 'part').length,
        length > 60_000 ? Math.ceil(length / 60_000) : 0,
      );
    }
    await store.commit([], [at], 'strict');
    assert.deepEqual(await entriesOf(kv), ['count']);
    assert.equal(await store.count('a'), 0);
  });

  test('a long row whose commit was carried out is whole, although its answer was lost', async () => {
    const kv = await openFile(`${folder}/${count++}`);
    const at = { table: 'a', id: '1' };
    const value = random(150_000);
    let commits = 0;
    const losing: DenoKv = {
      getMany: (keys) => kv.getMany(keys),
      list: (selector, options) => kv.list(selector, options),
      atomic() {
        const atomic = kv.atomic();
        const commit = atomic.commit.bind(atomic);
        atomic.commit = async () => {
          const answer = await commit();
          // The first writes the parts.
          if (++commits === 2) throw new Error('connection lost');
          return answer;
        };
        return atomic;
      },
    };
    await assertFails(denoKvStore(losing).commit([], [{ ...at, value }], 'strict'), 'StoreUnavailable');
    assert.deepEqual((await denoKvStore(kv).read([at]))[0]?.value, value);
  });

  test('a long row that lost a part is StoreCorrupt, and is not looked for without end', async () => {
    const kv = await openFile(`${folder}/${count++}`);
    const store = denoKvStore(kv);
    const at = { table: 'a', id: '1' };
    await store.commit([], [{ ...at, value: random(150_000) }], 'strict');
    for await (const { key } of kv.list({ prefix: ['keyhaven'] }, { limit: 100 }))
      if (key[2] === 'part') await kv.atomic().delete(key).commit();
    await assertFails(store.read([at]), 'StoreCorrupt');
    await assertFails(store.list('a', { limit: 10 }), 'StoreCorrupt');
  });

  test('a long row that is changed all the time is read whole', async () => {
    const path = `${folder}/${count++}`;
    const [writer, reader] = [denoKvStore(await openFile(path)), denoKvStore(await openFile(path))];
    const at = { table: 'a', id: '1' };
    const write = (byte: number) => writer.commit([], [{ ...at, value: new Uint8Array(150_000).fill(byte) }], 'strict');
    await write(0);
    let isDone = false;
    const writing = (async () => {
      for (let byte = 1; byte <= 40; byte++) await write(byte);
      isDone = true;
    })();
    while (!isDone) {
      const [row] = await reader.read([at]);
      assert.equal(new Set(row?.value).size, 1);
      assert.equal(row?.value.length, 150_000);
    }
    await writing;
  });

  test('counts rows under many writers', async () => {
    const path = `${folder}/${count++}`;
    const stores = [denoKvStore(await openFile(path)), denoKvStore(await openFile(path))];
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        stores[index % 2]?.commit([], [{ table: 'a', id: `${index % 20}`, value: utf8('x') }], 'strict'),
      ),
    );
    assert.equal(await stores[0]?.count('a'), 20);
  });

  test('holds a keyring whose material is wrapped, over a new opening', async () => {
    const path = `${folder}/${count++}`;
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    await assertFails(openKms({ store: denoKvStore(await openFile(path)) }), 'KeysNotKept');
    const kms = await openKms({ store: denoKvStore(await openFile(path)), root });
    const { KeyMetadata } = await kms.createKey();
    const { CiphertextBlob } = await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('edge') });
    const again = await openKms({ store: denoKvStore(await openFile(path)), root });
    assert.deepEqual((await again.decrypt({ CiphertextBlob })).Plaintext, utf8('edge'));
  });
});
