// What the import rule needs to know of one source file: imports, platform globals, random numbers, key-making calls.
// Read off the syntax tree of Vite's parser, because TypeScript 7 offers no JavaScript API.
import { parseSync } from 'vite';

export interface ImportFact {
  specifier: string;
  /** `import type`. An `import { type X }` does load its module, under `verbatimModuleSyntax`. */
  isType: boolean;
  line: number;
}

export interface UseFact {
  name: string;
  line: number;
}

export interface ExtractableFact extends UseFact {
  /** What a direct call passes, where that is a literal. */
  given?: unknown;
}

export interface SourceFacts {
  imports: ImportFact[];
  /** Platform globals that are used as globals; a parameter or a property of the same name does not count. */
  globals: UseFact[];
  random: UseFact[];
  /** Uses of WebCrypto's key-making methods that do not pass a literal `false` for `extractable`. */
  extractable: ExtractableFact[];
}

const platformGlobals = new Set([
  'indexedDB',
  'navigator',
  'crypto',
  'localStorage',
  'sessionStorage',
  'window',
  'document',
  'caches',
]);
const globalObjects = new Set(['globalThis', 'self', 'window']);

/** Where `extractable` stands among the arguments (W3C WebCrypto, 14.3). */
const extractableIndex: ReadonlyMap<string, number> = new Map([
  ['generateKey', 1],
  ['importKey', 3],
  ['deriveKey', 3],
  ['unwrapKey', 5],
]);

interface Node {
  type: string;
  start: number;
  [key: string]: unknown;
}

/** TypeScript nodes that hold an expression which runs; every other `TS...` node is only types. */
const runningTypeScript = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
]);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
const nodesOf = (value: unknown): Node[] =>
  Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [];
const nameOf = (value: unknown): string | undefined =>
  isNode(value) && value.type === 'Identifier' ? (value['name'] as string) : undefined;

/** The property that a member expression or an object pattern names, if it is written out. */
function propertyName(key: unknown, isComputed: unknown): string | undefined {
  if (!isComputed) return nameOf(key);
  return isNode(key) && key.type === 'Literal' && typeof key['value'] === 'string' ? key['value'] : undefined;
}

function patternNames(pattern: unknown): string[] {
  return nodesOf(pattern).flatMap((node) => {
    switch (node.type) {
      case 'Identifier':
        return [node['name'] as string];
      case 'ObjectPattern':
        return patternNames(node['properties']);
      case 'ArrayPattern':
        return patternNames(node['elements']);
      case 'Property':
        return patternNames(node['value']);
      case 'AssignmentPattern':
        return patternNames(node['left']);
      case 'RestElement':
        return patternNames(node['argument']);
      default:
        return [];
    }
  });
}

/** The names that statements declare in the scope that they stand in. */
function declaredNames(statements: unknown): string[] {
  return nodesOf(statements).flatMap((node) => {
    switch (node.type) {
      case 'VariableDeclaration':
        return node['declare'] ? [] : nodesOf(node['declarations']).flatMap((each) => patternNames(each['id']));
      case 'FunctionDeclaration':
      case 'ClassDeclaration':
        return patternNames(node['id']);
      case 'ExportNamedDeclaration':
        return declaredNames(node['declaration']);
      case 'ImportDeclaration':
        return nodesOf(node['specifiers']).flatMap((each) => patternNames(each['local']));
      default:
        return [];
    }
  });
}

function namesOfScope(node: Node): string[] {
  switch (node.type) {
    case 'Program':
    case 'BlockStatement':
    case 'StaticBlock':
      return declaredNames(node['body']);
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return [...patternNames(node['id']), ...patternNames(node['params'])];
    case 'ClassExpression':
      return patternNames(node['id']);
    case 'CatchClause':
      return patternNames(node['param']);
    case 'ForStatement':
      return declaredNames(node['init']);
    case 'ForInStatement':
    case 'ForOfStatement':
      return declaredNames(node['left']);
    case 'SwitchStatement':
      return nodesOf(node['cases']).flatMap((each) => declaredNames(each['consequent']));
    default:
      return [];
  }
}

/** Child keys that hold names, not references. */
function nameKeys(node: Node): readonly string[] {
  if (node.type === 'MemberExpression' && !node['computed']) return ['property'];
  if (['Property', 'MethodDefinition', 'PropertyDefinition', 'AccessorProperty'].includes(node.type))
    return node['computed'] ? [] : ['key'];
  if (['LabeledStatement', 'BreakStatement', 'ContinueStatement'].includes(node.type)) return ['label'];
  return node.type === 'MetaProperty' ? ['meta', 'property'] : [];
}

const skippedNodes = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ExportSpecifier']);

/** Reads the facts off one TypeScript file. Throws a SyntaxError when it does not parse. */
export function readFacts(file: string, source: string): SourceFacts {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error) throw new SyntaxError(`${file}: ${error.message}`);

  const facts: SourceFacts = { imports: [], globals: [], random: [], extractable: [] };
  const lineOf = (node: Node): number => source.slice(0, node.start).split('\n').length;
  const scopes: Set<string>[] = [];
  const isGlobal = (name: string | undefined): name is string =>
    name !== undefined && !scopes.some((scope) => scope.has(name));

  const addImport = (node: Node, from: unknown, isType: boolean): void => {
    if (!isNode(from)) return;
    const specifier = from.type === 'Literal' ? String(from['value']) : '(computed)';
    facts.imports.push({ specifier, isType, line: lineOf(node) });
  };

  function inspect(node: Node, parent: Node | undefined): void {
    switch (node.type) {
      case 'ImportDeclaration':
        addImport(node, node['source'], node['importKind'] === 'type');
        break;
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        addImport(node, node['source'], node['exportKind'] === 'type');
        break;
      case 'ImportExpression':
        addImport(node, node['source'], false);
        break;
      case 'TSImportType':
        addImport(node, node['source'] ?? node['argument'], true);
        break;
      case 'Identifier': {
        const name = nameOf(node);
        if (isGlobal(name) && platformGlobals.has(name)) facts.globals.push({ name, line: lineOf(node) });
        break;
      }
      case 'VariableDeclarator': {
        if (!isNode(node['id']) || node['id'].type !== 'ObjectPattern') break;
        const from = nameOf(node['init']);
        for (const each of nodesOf(node['id']['properties'])) {
          const name = propertyName(each['key'], each['computed']);
          if (isGlobal(from) && globalObjects.has(from) && name && platformGlobals.has(name))
            facts.globals.push({ name, line: lineOf(each) });
        }
        break;
      }
      case 'MemberExpression':
        inspectMember(node, parent);
        break;
      case 'CallExpression':
        inspectCall(node);
        break;
    }
  }

  function inspectMember(node: Node, parent: Node | undefined): void {
    const name = propertyName(node['property'], node['computed']);
    const object = nameOf(node['object']);
    if (name === undefined) return;
    if (isGlobal(object) && globalObjects.has(object) && platformGlobals.has(name))
      facts.globals.push({ name, line: lineOf(node) });
    if (object === 'Math' && name === 'random') facts.random.push({ name: 'Math.random', line: lineOf(node) });
    const isCalled = parent?.type === 'CallExpression' && parent['callee'] === node;
    if (extractableIndex.has(name) && !isCalled) facts.extractable.push({ name, line: lineOf(node) });
  }

  function inspectCall(node: Node): void {
    const callee = isNode(node['callee']) ? node['callee'] : undefined;
    const name = nameOf(callee) ?? propertyName(callee?.['property'], callee?.['computed']);
    const index = name === undefined ? undefined : extractableIndex.get(name);
    if (name === undefined || index === undefined) return;
    const before = nodesOf(node['arguments']).slice(0, index + 1);
    const given = before[index];
    const literal = given?.type === 'Literal' ? given['value'] : undefined;
    if (literal !== false || before.some((each) => each.type === 'SpreadElement'))
      facts.extractable.push({ name, line: lineOf(node), given: literal });
  }

  function walk(node: Node, parent: Node | undefined): void {
    const isType = node.type.startsWith('TS') && !runningTypeScript.has(node.type);
    if (!isType || node.type === 'TSImportType') inspect(node, parent);
    if (skippedNodes.has(node.type)) return;
    scopes.push(new Set(namesOfScope(node)));
    const names = nameKeys(node);
    for (const [key, value] of Object.entries(node))
      if (!names.includes(key))
        for (const child of nodesOf(value)) if (!isType || hasImportTypes(child)) walk(child, node);
    scopes.pop();
  }
  // Inside types only `import('...')` matters, and identifiers there are names of types.
  const hasImportTypes = (node: Node): boolean => node.type.startsWith('TS');

  walk(program as unknown as Node, undefined);
  return facts;
}
