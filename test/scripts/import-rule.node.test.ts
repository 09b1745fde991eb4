// Each rule of scripts/steps/import-rule.ts is shown to find its violation, and to leave honest code alone.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { findViolations } from '../../scripts/steps/import-rule.ts';

const manifest = {
  dependencies: { idb: '8', '@noble/hashes': '2' },
  peerDependencies: { 'aws-peer': '1' },
  imports: { '#wasm': {} },
};
const check = (files: Record<string, string>): string[] => findViolations(new Map(Object.entries(files)), manifest);
const only = (file: string, source: string): string[] => check({ [file]: source });

function assertFound(violations: string[], ...expected: (string | RegExp)[]): void {
  assert.lengthOf(violations, expected.length, violations.join('\n'));
  for (const [index, text] of expected.entries()) {
    if (typeof text === 'string') assert.include(violations[index], text);
    else assert.match(violations[index]!, text);
  }
}

describe('layers', () => {
  const ground = {
    'src/model/arn.ts': 'export const a = 1;',
    'src/cipher/gcm.ts': 'export interface Gcm {}; export const g = 1;',
  };
  test('a folder may import from below, from itself, and the root from anywhere', () => {
    assertFound(
      check({
        ...ground,
        'src/model/spec.ts': "import { a } from './arn.ts'; export const s = a;",
        'src/kms/keys.ts': "import { a } from '../model/arn.ts'; export const k = a;",
        'src/formats/blob.ts': "import type { Gcm } from '../cipher/gcm.ts'; import { a } from '../model/arn.ts';",
        'src/index.ts': "export { k } from './kms/keys.ts'; export type { Gcm } from './cipher/gcm.ts';",
      }),
    );
  });
  test('an import from above is found, also of types, re-exports and dynamic imports', () => {
    const above = { ...ground, 'src/kms/keys.ts': 'export const k = 1;' };
    const found = /^src\/model\/b\.ts:2 imports src\/kms\/keys\.ts: model\/ is not above kms\//;
    assertFound(check({ ...above, 'src/model/b.ts': "\nimport { k } from '../kms/keys.ts';" }), found);
    assertFound(check({ ...above, 'src/model/b.ts': "\nimport type { k } from '../kms/keys.ts';" }), found);
    assertFound(check({ ...above, 'src/model/b.ts': "\nexport * from '../kms/keys.ts';" }), found);
    assertFound(check({ ...above, 'src/model/b.ts': "\nconst k = await import('../kms/keys.ts');" }), found);
    assertFound(check({ ...above, 'src/model/b.ts': "\ntype K = import('../kms/keys.ts').K;" }), found);
  });
  test('an import from the same layer is found', () => {
    assertFound(
      check({
        ...ground,
        'src/store/b.ts': "import { a } from '../formats/blob.ts';",
        'src/formats/blob.ts': 'export const a = 1;',
      }),
      'store/ is not above formats/',
    );
  });
  test('formats may not import a cipher, only its types', () => {
    const found = 'types only from cipher/';
    assertFound(check({ ...ground, 'src/formats/b.ts': "import { g } from '../cipher/gcm.ts';" }), found);
    assertFound(check({ ...ground, 'src/formats/b.ts': "import { type Gcm } from '../cipher/gcm.ts';" }), found);
    assertFound(check({ ...ground, 'src/formats/b.ts': "import type { Gcm } from '../cipher/gcm.ts';" }));
  });
  test('a folder may not import a file of the root', () => {
    assertFound(check({ 'src/index.ts': '', 'src/kms/b.ts': "import {} from '../index.ts';" }), 'for users');
  });
  test('a folder that is not in the table is found', () => {
    assertFound(only('src/novel/b.ts', ''), 'src/novel/ has no layer yet: add it to the table');
  });
  test('an import of a file that is not there is found', () => {
    assertFound(only('src/kms/b.ts', "import './gone.ts';"), 'no such file');
    assertFound(only('src/cipher/b.ts', "import core from './core.wasm';"));
  });
  test('a circle of files is found and printed', () => {
    assertFound(
      check({
        'src/kms/a.ts': "import './b.ts';",
        'src/kms/b.ts': "import './c.ts';",
        'src/kms/c.ts': "import './a.ts';",
      }),
      'src/kms/a.ts -> src/kms/b.ts -> src/kms/c.ts -> src/kms/a.ts',
    );
  });
});

describe('packages', () => {
  test('dependencies, peers and entries of "imports" may be imported', () => {
    assertFound(
      only('src/kms/b.ts', "import 'idb'; import '@noble/hashes/sha2.js'; import 'aws-peer/x'; import '#wasm';"),
    );
  });
  test('any other package is found, also when only its types are taken', () => {
    assertFound(only('src/kms/b.ts', "import 'left-pad';"), 'left-pad is neither');
    assertFound(
      only('src/kms/b.ts', "import type { X } from '@aws-sdk/client-kms';"),
      '@aws-sdk/client-kms is neither',
    );
    assertFound(only('src/kms/b.ts', "import '#other';"), 'not in "imports"');
  });
  test('modules of a runtime belong to store and host', () => {
    assertFound(only('src/store/b.ts', "import 'node:fs';"));
    assertFound(only('src/kms/b.ts', "import 'node:fs';"), 'imports node:fs');
  });
});

describe('platform', () => {
  test('a global outside the platform folders is found, however it is reached', () => {
    for (const source of [
      'crypto.subtle;',
      'const c = globalThis.crypto;',
      "const c = globalThis['crypto'];",
      'const { crypto: c } = globalThis;',
      'const { crypto } = globalThis;',
      'const options = { crypto };',
      'if (typeof crypto === "object") {}',
      'const f = (a = crypto) => a;',
      'const c = (crypto as unknown) as Crypto;',
      'const t = `$' + '{crypto.subtle}`;',
      '{ const crypto = 1; } crypto.subtle;',
    ])
      assertFound(only('src/kms/b.ts', source), 'src/kms/b.ts:1 uses the global crypto');
    for (const name of ['indexedDB', 'navigator', 'localStorage', 'window', 'document', 'caches'])
      assertFound(only('src/kms/b.ts', `const x = ${name};`), `the global ${name}`);
  });
  test('a property, a parameter, a type, a comment or a string of that name is left alone', () => {
    for (const source of [
      'export const f = (options: { crypto: Crypto }) => options.crypto.subtle;',
      'export const f = ({ crypto }: { crypto: Crypto }) => crypto.subtle;',
      'export const f = ({ crypto: c }: { crypto: Crypto }) => c.subtle;',
      'export function f(crypto: Crypto) { return () => crypto.subtle; }',
      'export class A { readonly crypto: Crypto; constructor(c: Crypto) { this.crypto = c; } navigator() {} }',
      'export interface A { crypto: Crypto; f(window: number): void } export type T = typeof crypto;',
      '// crypto.subtle\n/* indexedDB */ export const s = "crypto.subtle", t = `navigator`, r = /window/;',
      'export const o = { crypto: 1, document: 2 };',
      'for (const document of [1]) document.toFixed();',
      'try {} catch (window) { throw window; }',
    ])
      assertFound(only('src/kms/b.ts', source));
  });
  test('the platform folders may use it', () => {
    for (const folder of ['store', 'keys', 'cipher', 'host'])
      assertFound(only(`src/${folder}/b.ts`, 'crypto.subtle; indexedDB;'));
  });
  test('Math.random is found everywhere', () => {
    assertFound(only('src/keys/b.ts', 'const x = Math.random();'), 'src/keys/b.ts:1 uses Math.random');
  });
});

describe('extractable', () => {
  test('a literal false is left alone', () => {
    assertFound(
      only(
        'src/keys/b.ts',
        `await crypto.subtle.generateKey(a, false, u); await subtle.importKey('raw', b, a, false, u);
         await subtle.deriveKey(a, k, d, false, u); await subtle.unwrapKey('raw', b, k, a, d, false, u);`,
      ),
    );
  });
  test('anything else is found', () => {
    for (const source of [
      'crypto.subtle.generateKey(a, true, u);',
      'crypto.subtle.generateKey(a, isExtractable, u);',
      'crypto.subtle.generateKey(a, 0, u);',
      'crypto.subtle.generateKey(...all);',
      "subtle.importKey('raw', false, a, true, u);",
      'subtle.deriveKey(a, k, d, !0, u);',
      "subtle.unwrapKey('raw', b, k, a, d, true, u);",
      'subtle?.generateKey(a, true, u);',
      "subtle['generateKey'](a, true, u);",
      'generateKey(a, true, u);',
      'const make = subtle.generateKey.bind(subtle);',
    ])
      assertFound(only('src/keys/b.ts', source), /literal false for extractable/);
  });
  test('the one file that makes exportable pairs may say true, to generateKey and in so many words', () => {
    const file = 'src/keys/exportable-pair.ts';
    assertFound(only(file, 'crypto.subtle.generateKey(a, true, u);'));
    for (const source of [
      "subtle.importKey('raw', b, a, true, u);",
      'crypto.subtle.generateKey(a, isExtractable, u);',
      'const make = subtle.generateKey.bind(subtle);',
    ])
      assertFound(only(file, source), /literal false for extractable/);
  });
});
