// Who may import whom inside src/, and which of them may touch the platform. A folder imports from any folder in a
// lower layer and from itself; files directly under src/ are what users import and may import anything.
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { posix } from 'node:path';
import { readFacts, type SourceFacts } from './source-facts.ts';

/** The folders of src/, from the ground up. A new folder gets its place here. */
const layers: readonly (readonly string[])[] = [
  ['model'],
  ['cipher'],
  ['store', 'formats', 'authz'],
  ['keys'],
  ['trail'],
  ['keyring'],
  ['kms'],
  ['sealer', 'streams', 'http', 'unlock'],
  ['records', 'host', 'aws-sdk', 'esdk', 's3', 'devices'],
  ['edge'],
];
/** Byte formats are pure: of the cipher engines they see the types only. */
const typesOnly: Readonly<Record<string, readonly string[]>> = { formats: ['cipher'] };
/** The folders that may name `crypto`, `indexedDB`, `navigator` and the like; all others take them as arguments. */
const platformFolders: readonly string[] = ['store', 'keys', 'cipher', 'unlock', 'host'];
/** The folders that may import what a runtime brings along (`node:fs`, `cloudflare:workers`). */
const runtimeFolders: readonly string[] = ['store', 'host'];

/** The one file that may make keys whose private half can be read: data key pairs, and keys that are kept wrapped. */
const exportableFile = 'src/keys/exportable-pair.ts';

export interface Manifest {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  imports?: Record<string, unknown>;
}

/** The sources by path (`src/kms/keys.ts`). */
export type Sources = ReadonlyMap<string, string>;

const folderOf = (file: string): string | undefined => (file.split('/').length > 2 ? file.split('/')[1] : undefined);
const layerOf = (folder: string): number => layers.findIndex((layer) => layer.includes(folder));
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

function folderViolation(from: string, target: string, isType: boolean): string | undefined {
  const [here, there] = [folderOf(from), folderOf(target)];
  if (here === undefined || here === there) return undefined;
  if (there === undefined) return `imports ${target}: the files at the root of src are for users, not for folders`;
  if (layerOf(here) === -1 || layerOf(there) === -1) return undefined; // reported once for the folder itself
  if (layerOf(there) >= layerOf(here)) return `imports ${target}: ${here}/ is not above ${there}/`;
  if (!isType && typesOnly[here]?.includes(there))
    return `imports ${target}: ${here}/ may import types only from ${there}/`;
  return undefined;
}

function packageViolation(from: string, specifier: string, manifest: Manifest): string | undefined {
  if (/^(node|cloudflare|bun):/.test(specifier)) {
    const isAllowed = runtimeFolders.includes(folderOf(from) ?? '');
    return isAllowed
      ? undefined
      : `imports ${specifier}: only ${runtimeFolders.join('/, ')}/ may import from a runtime`;
  }
  if (specifier.startsWith('#'))
    return specifier in (manifest.imports ?? {}) ? undefined : `imports ${specifier}: not in "imports" of package.json`;
  const name = packageOf(specifier);
  if (name in (manifest.dependencies ?? {}) || name in (manifest.peerDependencies ?? {})) return undefined;
  return `imports ${specifier}: ${name} is neither a dependency nor a peer dependency, so users would not have it`;
}

/** Every circle of imports that a depth-first walk meets, each as the list of its files. */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): void {
    const seenAt = path.indexOf(file);
    if (seenAt !== -1) cycles.push([...path.slice(seenAt), file]);
    if (seenAt !== -1 || done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  }
  for (const file of graph.keys()) visit(file);
  return cycles;
}

function platformViolations(file: string, facts: SourceFacts): string[] {
  const mayTouch = platformFolders.includes(folderOf(file) ?? '');
  const globals = mayTouch ? [] : facts.globals;
  return [
    ...globals.map(
      ({ name, line }) =>
        `${file}:${line} uses the global ${name}: only ${platformFolders.join('/, ')}/ touch the platform`,
    ),
    ...facts.random.map(({ line }) => `${file}:${line} uses Math.random: take bytes from crypto.getRandomValues`),
    ...facts.extractable
      .filter(({ name, given }) => !(file === exportableFile && name === 'generateKey' && given === true))
      .map(({ name, line }) => `${file}:${line} ${name}: call it directly, with a literal false for extractable`),
  ];
}

/** Checks sources against the rule; returns one line for each violation. */
export function findViolations(sources: Sources, manifest: Manifest): string[] {
  const violations: string[] = [];
  const graph = new Map<string, string[]>();
  const folders = new Set([...sources.keys()].map(folderOf).filter((folder) => folder !== undefined));
  for (const folder of folders)
    if (layerOf(folder) === -1)
      violations.push(`src/${folder}/ has no layer yet: add it to the table in scripts/steps/import-rule.ts`);
  for (const [file, source] of sources) {
    const facts = readFacts(file, source);
    const targets: string[] = [];
    for (const { specifier, isType, line } of facts.imports) {
      let violation: string | undefined;
      if (specifier.startsWith('.')) {
        const target = posix.join(posix.dirname(file), specifier);
        const isThere = sources.has(target) || /\.(wasm|json)$/.test(target); // of an asset only the folder matters
        if (isThere) targets.push(target);
        violation = isThere ? folderViolation(file, target, isType) : `imports ${specifier}: no such file`;
      } else violation = packageViolation(file, specifier, manifest);
      if (violation) violations.push(`${file}:${line} ${violation}`);
    }
    graph.set(file, targets);
    violations.push(...platformViolations(file, facts));
  }
  for (const cycle of findCycles(graph)) violations.push(`imports in a circle: ${cycle.join(' -> ')}`);
  return violations;
}

/** Checks src/ of this project. Throws when the rule is broken, after printing where. */
export async function checkImportRule(): Promise<void> {
  const sources = new Map<string, string>();
  for await (const file of glob('src/**/*.ts')) sources.set(file, readFileSync(file, 'utf8'));
  if (sources.size === 0) throw new Error('import rule: no sources under src/');
  const violations = findViolations(sources, JSON.parse(readFileSync('package.json', 'utf8')) as Manifest);
  for (const violation of violations) console.error(violation);
  if (violations.length > 0) throw new Error(`import rule: broken ${violations.length} times`);
}
