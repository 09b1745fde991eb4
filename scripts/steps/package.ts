// The tarball that would be published, installed where nothing of this repository is: each entry of `exports` must load
// in every runtime, and its types must be there and compile under the strictest settings. Needs no network.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Outcome } from './outcome.ts';
import { attempt, run } from './run.ts';

interface Manifest {
  name: string;
  exports: Record<string, string | { types?: string; default?: string }>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const quiet = { isQuiet: true };

/** A runtime by name, as a command that takes a script. */
export type Runtime = readonly [name: string, command: string, ...args: string[]];

/** Packs the library and unpacks it into a fresh project that has its dependencies and nothing else. */
export async function installPackage(folder: string): Promise<Manifest> {
  await run('npm pack', 'npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], quiet);
  const [tarball] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  await run('unpack', 'tar', ['-xzf', join(folder, tarball), '-C', folder], quiet);
  const manifest = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8')) as Manifest;
  const modules = join(folder, 'node_modules');
  cpSync(join(folder, 'package'), join(modules, manifest.name), { recursive: true });
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
  const consumer = { name: 'consumer', private: true, type: 'module', dependencies: { [manifest.name]: '*' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(consumer));
  return manifest;
}

const importAll = (specifiers: readonly string[]): string => `
let failed = 0;
for (const specifier of ${JSON.stringify(specifiers)}) {
  try {
    const entry = await import(specifier);
    if (Object.keys(entry).length === 0) throw new Error('exports nothing');
  } catch (error) {
    failed++;
    console.error('FAIL import ' + specifier + ': ' + (error.stack ?? error));
  }
}
console.log('keyhaven-failed ' + failed);
`;

/** Missing files of the types that `exports` promises. */
function missingTypes(manifest: Manifest, folder: string): string[] {
  return Object.entries(manifest.exports).flatMap(([entry, target]) => {
    if (typeof target === 'string') return [];
    const types = target.types;
    if (types === undefined) return [`${entry} of exports has no types`];
    return existsSync(join(folder, 'node_modules', manifest.name, types))
      ? []
      : [`${entry}: ${types} is not in the tarball`];
  });
}

/** Compiles a consumer of every entry without `skipLibCheck`, as a bundler and as Node see it. */
async function checkTypes(folder: string, specifiers: readonly string[]): Promise<number> {
  const lines = specifiers.map((specifier, index) => `export * as entry${index} from '${specifier}';`);
  writeFileSync(join(folder, 'consumer.ts'), lines.join('\n'));
  let failed = 0;
  for (const [module, moduleResolution] of [
    ['ESNext', 'Bundler'],
    ['NodeNext', 'NodeNext'],
  ]) {
    const lib = ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'];
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'ES2022',
      lib,
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    const { code } = await attempt(resolve('node_modules/.bin/tsc'), ['-p', folder]);
    if (code !== 0) failed++;
    if (code !== 0) console.error(`FAIL types under ${moduleResolution}`);
  }
  return failed;
}

/** Counts one test for each entry in each runtime, and one for the types under each kind of module resolution. */
export async function smokeTestPackage(runtimes: readonly Runtime[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-package-'));
  try {
    const manifest = await installPackage(folder);
    const code = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
    const specifiers = code.map((entry) => manifest.name + entry.slice(1));
    writeFileSync(join(folder, 'imports.mjs'), importAll(specifiers));
    const missing = missingTypes(manifest, folder);
    for (const line of missing) console.error(`FAIL ${line}`);
    let failed = missing.length + (await checkTypes(folder, specifiers));
    for (const [name, command, ...args] of runtimes) {
      const { output } = await attempt(command, [...args, 'imports.mjs'], { cwd: folder, isQuiet: true });
      const told = /^keyhaven-failed (\d+)$/m.exec(output)?.[1];
      const count = told === undefined ? specifiers.length : Number(told);
      if (count > 0) console.error(`${output}\nFAIL ${count} of ${specifiers.length} entries do not load in ${name}`);
      failed += count;
    }
    const total = specifiers.length * (runtimes.length + 1) + 2;
    return { passed: total - failed, failed, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
