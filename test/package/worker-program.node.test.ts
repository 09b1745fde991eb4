// A worker file of an app that does nothing but import `keyhaven/streams/worker` has the worker's program in it when it is bundled.
import { fileURLToPath } from 'node:url';
import { assert } from 'chai';
import { build, type Rolldown } from 'vite';
import { test } from 'vitest';

const program = 'virtual:worker';
const here = fileURLToPath(import.meta.url);

test('the program of a stream worker stays in a bundle that imports it for its effect alone', async () => {
  const { output } = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'worker',
        // As if the file lay here: the package is found by its own name.
        resolveId(id, importer) {
          if (id === program) return id;
          return importer === program ? this.resolve(id, here) : null;
        },
        load: (id) => (id === program ? "import 'keyhaven/streams/worker';" : null),
      },
    ],
    build: { write: false, target: 'es2022', modulePreload: false, rolldownOptions: { input: program } },
  })) as Rolldown.RolldownOutput;
  assert.match(output[0].code, /onmessage/);
});
