// The template for Cloudflare in real workerd, as `wrangler dev` runs it; and what `wrangler deploy` would send.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { binary, freePort, installExample, newSecret, tenantCredentials } from '../support/example.ts';
import { describeService } from './service-suite.ts';

const offline = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1', NO_COLOR: '1' };

describeService('the template for Cloudflare', async () => {
  const example = await installExample('cloudflare');
  const secrets = [`ROOT_SECRET="${newSecret()}"`, `CREDENTIALS='${JSON.stringify(tenantCredentials)}'`];
  writeFileSync(join(example.folder, '.dev.vars'), secrets.join('\n'));
  return {
    async start() {
      const port = await freePort();
      const args = ['dev', '--ip', '127.0.0.1', '--port', `${port}`, '--inspector-port', `${await freePort()}`];
      return example.start(binary('wrangler'), args, offline, port);
    },
    remove: example.remove,
  };
});

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
