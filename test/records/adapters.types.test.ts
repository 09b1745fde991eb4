// The unstorage driver is one in unstorage's own types.
import type { Driver } from 'unstorage';
import { expectTypeOf, test } from 'vitest';
import type { recordsDriver } from '../../src/records/unstorage.ts';

test('recordsDriver gives a Driver', () => {
  expectTypeOf<ReturnType<typeof recordsDriver>>().toMatchTypeOf<Driver>();
});
