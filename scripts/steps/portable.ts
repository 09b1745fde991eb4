// The shared tests, bundled once with all that they need, against the built library in dist/, and run by the runtimes
// that Vitest does not reach: the machine's own Node, Deno and Bun.
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { build, type Plugin } from 'vite';
import { withCounts } from './counts.ts';
import type { Outcome } from './outcome.ts';
import { attempt } from './run.ts';

const bundleFolder = 'build/portable';
const bundle = `${bundleFolder}/entry.js`;

/** Points every import of a source file at what was built from it, so that the published output is what is tested. */
const builtLibrary = (): Plugin => ({
  name: 'keyhaven:built-library',
  enforce: 'pre',
  async resolveId(specifier, importer) {
    if (!specifier.startsWith('.') || importer === undefined) return null;
    const found = await this.resolve(specifier, importer, { skipSelf: true });
    const inSource = found ? relative(resolve('src'), found.id) : '..';
    if (inSource.startsWith('..')) return null;
    const built = resolve('dist', inSource.replace(/\.ts$/, '.js'));
    if (!existsSync(built)) throw new Error(`${specifier} (from ${importer}) was not built: ${built} is missing`);
    return { id: relative(resolve(bundleFolder), built), external: true };
  },
});

async function bundleTests(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [builtLibrary()],
    resolve: { alias: { vitest: resolve('test/runtimes/portable/vitest.ts') } },
    ssr: { noExternal: true },
    build: {
      ssr: 'test/runtimes/portable/entry.ts',
      outDir: bundleFolder,
      emptyOutDir: true,
      target: 'es2022',
      reportCompressedSize: false,
      sourcemap: 'inline',
      rolldownOptions: {
        // All in one folder, so that one relative path leads to dist/ from every chunk.
        output: { chunkFileNames: '[name]-[hash].js' },
        // "sideEffects" of package.json is about the library; a test file is nothing but side effects.
        treeshake: false,
      },
    },
  });
}

let bundled: Promise<void> | undefined;

/** Runs the shared tests with a command that takes the bundle as its last argument. */
export async function runPortable(command: string, args: readonly string[]): Promise<Outcome> {
  bundled ??= bundleTests();
  await bundled;
  return withCounts(command, (env) => attempt(command, [...args, bundle], { env }));
}
