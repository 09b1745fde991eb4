// A short soak of `keyhaven serve`: honest calls go on beside strangers, broken requests, replays and slow clients. The long one, with
// its figures, is `npm run bench -- soak`.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { onServe } from '../examples/places.ts';
import { tenantCredentials } from '../support/example.ts';
import { nodes } from '../support/serve-process.ts';
import { median } from '../support/soak/memory.ts';
import { soak } from '../support/soak/soak.ts';
import { hostileKinds } from '../support/soak/traffic.ts';

describe('keyhaven serve, soaked', () => {
  test('answers who may call, refuses all others by name, and hangs up on slow clients', async () => {
    const service = await onServe(nodes[0] as string);
    try {
      const { url, pid, stop } = await service.start();
      const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
      const caller = { url, accessKeyId, secretAccessKey };
      const soaked = await soak({ caller, pid, seconds: 15, rate: 100, hostileRate: 45, slowClients: 40 });
      assert.deepEqual(soaked.failures, []);
      assert.deepEqual(soaked.surprises, []);
      assert.equal(soaked.calls, 1500);
      for (const kind of hostileKinds) assert.isAtLeast(soaked.refused[kind] ?? 0, 50, kind);
      // Those that do not end their head, after ten seconds.
      assert.isAtLeast(soaked.slow.hungUp, 20);
      // Of five long bodies a second none may stay: they would be more than this.
      const memory = soaked.samples.map(({ mb }) => mb);
      assert.isBelow(median(memory.slice(-4)) - median(memory.slice(3, 7)), 100);
      await stop();
      const report = await service.verifyTrail({ url, pid, stop });
      assert.isTrue(report.isIntact, JSON.stringify(report.findings));
    } finally {
      await service.remove();
    }
  }, 90_000);
});
