// The template for Deno, with its database in a file.
import { join } from 'node:path';
import { binary, freePort, installExample, newSecret, tenantCredentials } from '../support/example.ts';
import { describeService } from './service-suite.ts';

describeService('the template for Deno', async () => {
  const example = await installExample('deno');
  const settings = {
    KEYHAVEN_ROOT_SECRET: newSecret(),
    KEYHAVEN_CREDENTIALS: JSON.stringify(tenantCredentials),
    KEYHAVEN_KV: join(example.folder, 'kv'),
  };
  // The package as it was packed, in place of the registry's.
  const args = ['run', '--no-lock', '--node-modules-dir=manual', '--unstable-kv', '--no-config'];
  const permissions = ['--allow-net', '--allow-env', '--allow-read', '--allow-write'];
  return {
    async start() {
      const port = await freePort();
      const env = { ...settings, PORT: `${port}` };
      return example.start(binary('deno'), [...args, ...permissions, 'main.ts'], env, port);
    },
    remove: example.remove,
  };
});
