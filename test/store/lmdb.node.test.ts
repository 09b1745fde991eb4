// The LMDB store of `keyhaven serve` against the suite for every store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { afterAll, describe, test } from 'vitest';
import { lmdbStore } from '../../src/host/serve/lmdb-store.ts';
import { decodeRowKey, encodeRowKey } from '../../src/host/serve/row-key.ts';
import { describeStore } from './conformance.ts';
import { describeFaults, faultyPort } from './faulty.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-lmdb-'));
const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
let count = 0;
const newPath = (): string => join(folder, `${count++}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeStore('LMDB', {
  create() {
    const path = newPath();
    return { store: lmdbStore(path), reopen: () => lmdbStore(path) };
  },
});

describeFaults(
  'LMDB',
  async () => {
    const path = newPath();
    const healthy = lmdbStore(path);
    return { create: ({ fault }) => faultyPort(lmdbStore(path), fault), healthy: () => healthy, root };
  },
  { every: 5 },
);

describe('keys of rows', () => {
  test('decode to the id, in the order of UTF-16 units', () => {
    const bytes = (id: string) => Buffer.from(encodeRowKey('t', id));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        assert.equal(decodeRowKey('t', encodeRowKey('t', a)), a);
        assert.equal(Math.sign(Buffer.compare(bytes(a), bytes(b))), a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
