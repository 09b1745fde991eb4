// `npm start` builds the pages where the library was never built: nothing of them may come from dist/.
import { assert } from 'chai';
import { build, type Plugin } from 'vite';
import { describe, test } from 'vitest';

describe('the pages of the demo', () => {
  for (const configFile of ['demo/vite.config.ts', 'demo/guest/vite.config.ts', 'vault-page/vite.config.ts'])
    test(`${configFile} takes the library from its sources`, { timeout: 60_000 }, async () => {
      const modules: string[] = [];
      const listing: Plugin = {
        name: 'listing',
        buildEnd() {
          modules.push(...this.getModuleIds());
        },
      };
      await build({ configFile, logLevel: 'error', build: { write: false }, plugins: [listing] });
      assert.isTrue(modules.some((id) => id.endsWith('/src/cipher/wasm/embedded.ts')));
      const root = `${process.cwd()}/dist/`;
      assert.deepEqual(
        modules.filter((id) => id.startsWith(root)),
        [],
      );
    });
});
