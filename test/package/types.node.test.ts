// What a TypeScript project of a user sees: the types that are published hold in a page, in a worker and on a server, whose own types
// differ, with all that `strict` leaves open turned on and the types of libraries checked; and so do the examples of the documentation.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';

const run = promisify(execFile);
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, { types?: string }> };
/** Those of other libraries import their own types. */
const entries = Object.keys(exports).filter((name) => exports[name]?.types !== undefined && name !== './records/dexie');
const asImport = (name: string): string => `keyhaven${name.slice(1)}`;

/** Entries that have no face without the types of a browser: frames and IndexedDB are what they are about. */
const ofPages = ['./host', './records', './records/unstorage'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-types-'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Checks files as a project would. @returns what the compiler says of them, or of the library */
async function check(name: string, files: Record<string, string>, options: object): Promise<string> {
  for (const [file, code] of Object.entries(files)) writeFileSync(join(folder, file), code);
  const paths = Object.entries(exports).map(([entry, { types }]) => [asImport(entry), [resolve(types ?? '')]]);
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
    paths: Object.fromEntries(paths),
    ...options,
  };
  writeFileSync(join(folder, name), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const compiler = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [compiler, '-p', join(folder, name)]).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

const importAll = (names: readonly string[]): string =>
  names.map((name, index) => `export * as e${index} from '${asImport(name)}';\n`).join('');

describe('types', () => {
  const server = entries.filter((name) => !ofPages.includes(name));
  const projects: Record<string, readonly [names: readonly string[], options: object]> = {
    'a page': [entries, { lib: ['es2022', 'dom'] }],
    'a page that is bundled': [entries, { lib: ['es2022', 'dom'], module: 'esnext', moduleResolution: 'bundler' }],
    'a worker': [entries, { lib: ['es2022', 'webworker'] }],
    'a server': [server, { lib: ['es2022'], types: ['node'] }],
  };
  for (const [name, [names, options]] of Object.entries(projects))
    test(`hold in ${name}`, { timeout: 60_000 }, async () => {
      const said = await check('tsconfig.all.json', { 'all.ts': importAll(names) }, options);
      // The types of Node have CryptoKey since their version 25.
      const own = said.split('\n').filter((line) => /error/.test(line) && !/Cannot find name 'CryptoKey'/.test(line));
      assert.deepEqual(own, []);
    });

  test('of the examples hold in a strict project', { timeout: 60_000 }, async () => {
    const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
      name.endsWith('.md'),
    );
    const files: Record<string, string> = {};
    for (const page of pages) {
      const text = readFileSync(page, 'utf8');
      for (const { index, 1: code = '' } of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
        const line = text.slice(0, index).split('\n').length;
        files[`${basename(page, '.md')}-${line}.ts`] = `${code}\nexport {};\n`;
      }
    }
    assert.isAbove(Object.keys(files).length, 30);
    const options = {
      lib: ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'],
      types: ['node'],
      skipLibCheck: true,
    };
    assert.equal(await check('tsconfig.examples.json', files, options), '');
  });
});
