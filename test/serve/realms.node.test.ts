// The services of `keyhaven serve`, of which clients choose how many there are.
import { assert } from 'chai';
import { test } from 'vitest';
import { openRealms } from '../../src/host/serve/realms.ts';
import { memoryStore } from '../../src/index.ts';

test('a client that names Regions without end takes no memory without end', async () => {
  const realms = await openRealms({ store: memoryStore(), trail: 'off' });
  const find = (region: string) => realms.find({ accountId: '000000000000', region });
  const [first, used] = [find('us-first-1'), find('us-used-1')];
  for (let i = 1; i < 1000; i++) {
    find(`us-east-${i}`);
    assert.equal(find('us-used-1'), used);
  }
  assert.notEqual(find('us-first-1'), first);
});
