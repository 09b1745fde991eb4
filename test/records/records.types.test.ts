// The types of Records, where they say more than `idb` does.
import type { DBSchema } from 'idb';
import { expectTypeOf, test } from 'vitest';
import type { Records } from '../../src/records/index.ts';

interface Schema extends DBSchema {
  counters: { key: string; value: number };
}
declare const records: Records<Schema>;

test('update gives a value where its callback always does', () => {
  expectTypeOf(() =>
    records.update('counters', 'a', (count) => (count ?? 0) + 1),
  ).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(() => records.update('counters', 'a', (count) => count && count + 1)).returns.resolves.toEqualTypeOf<
    number | undefined
  >();
});
