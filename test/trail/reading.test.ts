// How much of the store is read to show the newest records.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { memoryStore, openKms, type Store } from '../../src/index.ts';

describe('the trail', () => {
  test('reads few groups to show its newest records, and many at a time to show all', async () => {
    const inner = memoryStore();
    const limits: number[] = [];
    const store: Store = {
      ...inner,
      list(table, options) {
        if (table === 'trail') limits.push(options.limit);
        return inner.list(table, options);
      },
    };
    const kms = await openKms({ store });
    for (let groups = 0; groups < 120; groups++) {
      await kms.generateRandom({ NumberOfBytes: 1 });
      await kms.trail.flush();
    }
    limits.length = 0;
    assert.lengthOf((await kms.trail.lookup({ MaxResults: 1 })).Events, 1);
    assert.deepEqual(limits, [4]);
    limits.length = 0;
    const { Events } = await kms.trail.lookup({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Sign' }],
    });
    assert.lengthOf(Events, 0);
    assert.deepEqual(limits, [4, 16, 50, 50, 50]);
  });
});
