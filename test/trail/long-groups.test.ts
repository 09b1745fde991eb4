// Groups whose events hold much: encryption contexts of 8 KB, hundreds at a time.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { Kms, LookedUpEvent } from '../../src/index.ts';
import { openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { newKey, newStore } from '../support/kms.ts';

async function* eventsOf(kms: Kms): AsyncGenerator<LookedUpEvent> {
  for (let NextToken: string | undefined; ; ) {
    const page = await kms.trail.lookup({ NextToken });
    yield* page.Events;
    NextToken = page.NextToken;
    if (NextToken === undefined) return;
  }
}

describe('the trail', () => {
  test('has no row that is longer than the rows of a Durable Object may be, however much its events hold', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    await kms.trail.flush();
    const texts = Array.from({ length: 8 }, (_, i) => [`k${i}`, 'x'.repeat(1000)] as const);
    const contexts = Array.from({ length: 300 }, (_, n) => Object.fromEntries([...texts, ['n', `${n}`]]));
    await Promise.all(
      contexts.map((EncryptionContext) => kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext })),
    );
    await kms.trail.flush();
    const rows = await store.list('trail', { limit: 100 });
    for (const { value } of rows) assert.isBelow(value.length, 1_100_000);
    assert.isAtMost(rows.length, 20);
    assert.isTrue((await kms.trail.verify()).isIntact);
    const found = [];
    for await (const { CloudTrailEvent } of eventsOf(kms)) {
      const { requestParameters } = JSON.parse(CloudTrailEvent);
      if (requestParameters?.encryptionContext) found.push(Number(requestParameters.encryptionContext.n));
    }
    assert.deepEqual(
      found.sort((a, b) => a - b),
      contexts.map((_, n) => n),
    );
  });
});
