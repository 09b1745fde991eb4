// What every store must do. Call it with a factory; each test gets a store of its own, and `reopen` gives a second one over
// the same data.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { Store, Write } from '../../src/store/index.ts';
import { random, utf8 } from '../support/bytes.ts';

export interface StoreFactory {
  /** A new, empty place. */
  create(): { store: Store; reopen(): Store } | Promise<{ store: Store; reopen(): Store }>;
}

const put = (table: string, id: string, text: string): Write => ({ table, id, value: utf8(text) });
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

export function describeStore(name: string, factory: StoreFactory): void {
  const withStore = (body: (store: Store, reopen: () => Store) => Promise<void>) => async () => {
    const { store, reopen } = await factory.create();
    try {
      await body(store, reopen);
    } finally {
      await store.disconnect();
    }
  };

  describe(`store: ${name}`, () => {
    test(
      'a row that was never written is undefined',
      withStore(async (store) => {
        assert.deepEqual(await store.read([{ table: 'a', id: 'x' }]), [undefined]);
        assert.deepEqual(await store.read([]), []);
        assert.equal(await store.count('a'), 0);
        assert.deepEqual(await store.list('a', { limit: 10 }), []);
      }),
    );

    test(
      'rows are read in the order they were asked for',
      withStore(async (store) => {
        assert.isTrue(
          await store.commit([], [put('a', '1', 'one'), put('a', '2', 'two'), put('b', '1', 'other')], 'strict'),
        );
        const rows = await store.read([
          { table: 'a', id: '2' },
          { table: 'b', id: '1' },
          { table: 'c', id: '1' },
          { table: 'a', id: '1' },
        ]);
        assert.deepEqual(
          rows.map((row) => text(row?.value)),
          ['two', 'other', undefined, 'one'],
        );
        assert.deepEqual(
          rows.map((row) => row && [row.table, row.id]),
          [['a', '2'], ['b', '1'], undefined, ['a', '1']],
        );
      }),
    );

    test(
      'rows are there for another connection',
      withStore(async (store, reopen) => {
        await store.commit([], [put('a', '1', 'one')], 'strict');
        const other = reopen();
        assert.equal(text((await other.read([{ table: 'a', id: '1' }]))[0]?.value), 'one');
        await other.disconnect();
      }),
    );

    test(
      'a failed check writes nothing',
      withStore(async (store) => {
        await store.commit([], [put('a', '1', 'one')], 'strict');
        const isWritten = await store.commit(
          [{ table: 'a', id: '1', version: undefined }],
          [put('a', '1', 'x'), put('a', '2', 'x')],
          'strict',
        );
        assert.isFalse(isWritten);
        assert.isFalse(
          await store.commit([{ table: 'a', id: '9', version: 'no such version' }], [put('a', '2', 'x')], 'strict'),
        );
        const rows = await store.read([
          { table: 'a', id: '1' },
          { table: 'a', id: '2' },
        ]);
        assert.deepEqual(
          rows.map((row) => text(row?.value)),
          ['one', undefined],
        );
      }),
    );

    test(
      'a version is good for one change',
      withStore(async (store) => {
        await store.commit([], [put('a', '1', 'one')], 'strict');
        const [row] = await store.read([{ table: 'a', id: '1' }]);
        const check = { table: 'a', id: '1', version: row?.version };
        assert.isTrue(await store.commit([check], [put('a', '1', 'two')], 'strict'));
        assert.isFalse(await store.commit([check], [put('a', '1', 'three')], 'strict'));
      }),
    );

    test(
      'a row that was deleted and made again has another version',
      withStore(async (store) => {
        await store.commit([], [put('a', '1', 'one')], 'strict');
        const [before] = await store.read([{ table: 'a', id: '1' }]);
        await store.commit([], [{ table: 'a', id: '1' }], 'strict');
        assert.deepEqual(await store.read([{ table: 'a', id: '1' }]), [undefined]);
        await store.commit([], [put('a', '1', 'one')], 'strict');
        assert.isFalse(
          await store.commit([{ table: 'a', id: '1', version: before?.version }], [put('a', '1', 'x')], 'strict'),
        );
      }),
    );

    test(
      'deleting what is not there is fine',
      withStore(async (store) => {
        assert.isTrue(
          await store.commit([{ table: 'a', id: '1', version: undefined }], [{ table: 'a', id: '1' }], 'relaxed'),
        );
      }),
    );

    test(
      'of many writers with the same version one wins',
      withStore(async (store, reopen) => {
        const stores = [store, reopen(), reopen()];
        const attempts = Array.from({ length: 30 }, (_, i) =>
          (stores[i % 3] as Store).commit(
            [{ table: 'a', id: '1', version: undefined }],
            [put('a', '1', `${i}`)],
            'strict',
          ),
        );
        const results = await Promise.all(attempts);
        assert.equal(results.filter(Boolean).length, 1);
        const [row] = await store.read([{ table: 'a', id: '1' }]);
        assert.equal(text(row?.value), `${results.indexOf(true)}`);
        for (const other of stores.slice(1)) await other.disconnect();
      }),
    );

    test(
      'a counter that many increment loses no step',
      withStore(async (store, reopen) => {
        const other = reopen();
        const increment = async (on: Store): Promise<void> => {
          for (;;) {
            const [row] = await on.read([{ table: 'n', id: 'n' }]);
            const next = `${Number(text(row?.value) ?? 0) + 1}`;
            if (await on.commit([{ table: 'n', id: 'n', version: row?.version }], [put('n', 'n', next)], 'relaxed'))
              return;
          }
        };
        await Promise.all(Array.from({ length: 20 }, (_, i) => increment(i % 2 ? store : other)));
        const [row] = await store.read([{ table: 'n', id: 'n' }]);
        assert.equal(text(row?.value), '20');
        await other.disconnect();
      }),
    );

    test(
      'lists one table by id, page after page',
      withStore(async (store) => {
        const ids = ['b', 'a', 'a/1', 'a0', 'B', 'ä', '~', '\uff61', '\u{10000}'];
        await store.commit(
          [],
          [...ids.map((id) => put('t', id, id)), put('s', 'x', 'x'), put('u', 'x', 'x')],
          'strict',
        );
        const expected = [...ids].sort((a, b) => (a < b ? -1 : 1));
        assert.deepEqual(
          (await store.list('t', { limit: 100 })).map((row) => row.id),
          expected,
        );
        const found: string[] = [];
        for (let after: string | undefined; ; ) {
          const page = await store.list('t', { after, limit: 2 });
          if (page.length === 0) break;
          assert.isAtMost(page.length, 2);
          found.push(...page.map((row) => row.id));
          after = page.at(-1)?.id;
        }
        assert.deepEqual(found, expected);
        assert.equal(await store.count('t'), ids.length);
      }),
    );

    test(
      'values are copies, in both directions',
      withStore(async (store) => {
        const value = utf8('one');
        const committing = store.commit([], [{ table: 'a', id: '1', value }], 'strict');
        value.fill(0);
        await committing;
        const [row] = await store.read([{ table: 'a', id: '1' }]);
        assert.equal(text(row?.value), 'one');
        row?.value.fill(0);
        assert.equal(text((await store.read([{ table: 'a', id: '1' }]))[0]?.value), 'one');
      }),
    );

    test(
      'holds all byte values, empty rows and large rows',
      withStore(async (store) => {
        const all = Uint8Array.from({ length: 256 }, (_, i) => i);
        const large = random(1 << 20);
        const values = [all, new Uint8Array(0), large];
        await store.commit(
          [],
          values.map((value, i) => ({ table: 'a', id: `${i}`, value })),
          'strict',
        );
        const rows = await store.read(values.map((_, i) => ({ table: 'a', id: `${i}` })));
        assert.deepEqual(
          rows.map((row) => row?.value.length),
          [256, 0, 1 << 20],
        );
        assert.deepEqual(rows[0]?.value, all);
        assert.isTrue(rows[2]?.value.every((byte, i) => byte === large[i]));
      }),
    );

    test(
      'works again after it was disconnected',
      withStore(async (store) => {
        await store.commit([], [put('a', '1', 'one')], 'strict');
        await store.disconnect();
        assert.equal(await store.count('a'), 1);
      }),
    );

    test(
      'holds CryptoKeys, where it says so, and they stay non-extractable',
      withStore(async (store, reopen) => {
        if (!store.holdsCryptoKeys) return;
        const algorithm = { name: 'HMAC', hash: { name: 'SHA-512' }, length: 256 };
        const key = await crypto.subtle.generateKey(algorithm, false, ['sign']);
        await store.commit([], [{ table: 'a', id: '1', value: new Uint8Array(0), key }], 'strict');
        const other = reopen();
        const [row] = await other.read([{ table: 'a', id: '1' }]);
        const found = row?.key as CryptoKey;
        assert.isFalse(found.extractable);
        const macs = await Promise.all(
          [key, found].map((each) => crypto.subtle.sign({ name: 'HMAC' }, each, new Uint8Array(4))),
        );
        assert.deepEqual(new Uint8Array(macs[0] as ArrayBuffer), new Uint8Array(macs[1] as ArrayBuffer));
        await other.disconnect();
      }),
    );

    test(
      'remembers its witness',
      withStore(async (store, reopen) => {
        if (!store.witness) return;
        assert.isUndefined(await store.witness.read());
        await store.witness.write('seen');
        assert.equal(await reopen().witness?.read(), 'seen');
      }),
    );
  });
}
