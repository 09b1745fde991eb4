// The template for Cloudflare in real workerd, as `wrangler dev` runs it; and what `wrangler deploy` would send.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { binary, installExample, newSecret, tenantCredentials } from '../support/example.ts';
import { offline, onCloudflare, patch } from './places.ts';
import { describeService } from './service-suite.ts';

describeService('the template for Cloudflare', () => onCloudflare());

describe('a root in Secrets Store', () => {
  test('opens the keyring, over a restart', async () => {
    const [store, name] = ['0123456789abcdef0123456789abcdef', 'keyhaven-root'];
    const folders: string[] = [];
    const service = await onCloudflare(tenantCredentials, false, undefined, (folder) => {
      folders.push(folder);
      const binding = `{ "binding": "ROOT_SECRET", "store_id": "${store}", "secret_name": "${name}" }`;
      patch(join(folder, 'wrangler.jsonc'), [
        ['"migrations":', `"secrets_store_secrets": [${binding}],\n  "migrations":`],
      ]);
    });
    const [folder = ''] = folders;
    // The secret of the Worker has the same name.
    patch(join(folder, '.dev.vars'), [[/^ROOT_SECRET=.*$/m, '']]);
    const setSecret = (verb: string, args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(
        binary('wrangler'),
        ['secrets-store', 'secret', verb, store, ...args],
        {
          cwd: folder,
          env: { ...process.env, ...offline },
          encoding: 'utf8',
        },
      );
      assert.equal(status, 0, stdout + stderr);
      return stdout;
    };
    const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
    const clientOf = (endpoint: string) =>
      new KMS({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
    try {
      setSecret('create', ['--name', name, '--scopes', 'workers', '--value', newSecret()]);
      let running = await service.start();
      const KeyId = (await clientOf(running.url).createKey({})).KeyMetadata?.KeyId;
      const { CiphertextBlob } = await clientOf(running.url).encrypt({ KeyId, Plaintext: new Uint8Array([7]) });
      await running.stop();
      running = await service.start();
      assert.deepEqual((await clientOf(running.url).decrypt({ CiphertextBlob })).Plaintext, new Uint8Array([7]));
      await running.stop();
    } finally {
      await service.remove();
    }
  }, 120_000);
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
