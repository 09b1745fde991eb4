// The template for Cloudflare in real workerd, as `wrangler dev` runs it; and what `wrangler deploy` would send.
import { spawnSync } from 'node:child_process';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { binary, installExample } from '../support/example.ts';
import { offline, onCloudflare } from './places.ts';
import { describeService } from './service-suite.ts';

describeService('the template for Cloudflare', () => onCloudflare());

describe('wrangler deploy --dry-run', () => {
  test('takes the template as it is', async () => {
    const example = await installExample('cloudflare');
    try {
      const { status, stdout, stderr } = spawnSync(binary('wrangler'), ['deploy', '--dry-run', '--outdir', 'dry'], {
        cwd: example.folder,
        env: { ...process.env, ...offline },
        encoding: 'utf8',
      });
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /env\.KEYRINGS \(Keyring\) +Durable Object/);
      const kilobytes = Number(/gzip: ([\d.]+) KiB/.exec(stdout)?.[1]);
      // The free plan takes 3 MB.
      assert.isBelow(kilobytes, 400);
    } finally {
      example.remove();
    }
  }, 60_000);
});
