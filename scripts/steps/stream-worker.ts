// The worker of keyhaven/streams as it is published: one file without imports, which every bundler may copy as it is, at the address
// that dist/streams/workers/spawn.js names. TypeScript renames imports, but no addresses.
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'vite';

const folder = 'dist/streams/workers';
const name = 'keyhaven-streams-worker';

export async function buildStreamWorker(): Promise<void> {
  const output = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      reportCompressedSize: false,
      lib: { entry: `src/streams/workers/${name}.ts`, formats: ['es'], fileName: name },
    },
  });
  const chunks = [output].flat().flatMap((each) => ('output' in each ? each.output : []));
  const [chunk] = chunks;
  if (chunks.length !== 1 || chunk?.type !== 'chunk' || chunk.imports.length + chunk.dynamicImports.length > 0)
    throw new Error('stream worker: it must be one file without imports');
  writeFileSync(`${folder}/${name}.js`, chunk.code);
  const spawn = readFileSync(`${folder}/spawn.js`, 'utf8');
  if (spawn.split(`./${name}.ts`).length !== 2) throw new Error('stream worker: spawn.js must name it once');
  writeFileSync(`${folder}/spawn.js`, spawn.replace(`./${name}.ts`, `./${name}.js`));
}
