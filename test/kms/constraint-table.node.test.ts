// The table of constraints against the model of AWS, line by line, and against the schemas and types of the pinned SDK. That the
// service obeys it is shown in constraints.node.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as sdk from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { everyday, everydayNames } from '../../src/model/constraints/everyday.ts';
import { rare, rareNames } from '../../src/model/constraints/rare.ts';
import { operations, type Shape, simpleTypes } from '../support/service-model.ts';

const ranges: Readonly<Record<string, { min: number; max: number; pattern?: string }>> = { ...everyday, ...rare };
const names: Readonly<Record<string, readonly string[]>> = { ...everydayNames, ...rareNames };

/** Bounds that are not the model's, each with its reason beside it in the table. */
const ownBounds = ['DryRunModifiers', 'GrantOperations', 'Tags', 'PendingWindowInDaysOfService'];

/** Every member of every request, at every depth: `CreateGrant.Constraints.SourceArn`. */
function* membersOf(shape: Shape, path: string): Generator<readonly [path: string, shape: Shape]> {
  yield [path, shape];
  for (const [name, member] of Object.entries(shape.members ?? {})) yield* membersOf(member, `${path}.${name}`);
  if (shape.member) yield* membersOf(shape.member, `${path}[]`);
}
const members = Object.entries(operations).flatMap(([name, shape]) => [...membersOf(shape, name)]);

const rangeOf = ({ min = 0, max, pattern }: Shape): string => JSON.stringify([min, max, pattern]);
const rangesInTable = new Set(
  Object.values(ranges).map(({ min, max, pattern }) => JSON.stringify([min, max, pattern])),
);
const sorted = (values: readonly string[]): string => JSON.stringify([...values].sort());

describe('the table of constraints', () => {
  test('has the limits of every member of every operation, and no others', () => {
    const ofModel = new Set<string>();
    for (const [path, shape] of members) {
      if (shape.enum || shape.max === undefined) continue;
      ofModel.add(rangeOf(shape));
      assert.isTrue(rangesInTable.has(rangeOf(shape)), `${path}: ${rangeOf(shape)}`);
    }
    for (const [name, { min, max, pattern }] of Object.entries(ranges))
      if (!ownBounds.includes(name)) assert.isTrue(ofModel.has(JSON.stringify([min, max, pattern])), name);
  });

  test('has the names of every enumeration, and no others', () => {
    const ofModel = new Set(members.flatMap(([, shape]) => (shape.enum ? [sorted(shape.enum)] : [])));
    const inTable = new Set(Object.values(names).map(sorted));
    assert.deepEqual([...inTable].sort(), [...ofModel].sort());
  });

  test('is the one place of limits: nothing else in the service makes shapes of numbers, patterns or names', () => {
    const makers = /^import \{[^}]*\b(blob|list|oneOf|text|whole)\b[^}]*\} from '.*\/shape\.ts';$/m;
    const allowed = ['algorithms.ts', 'encryption-algorithm.ts', 'key-spec.ts', 'members.ts', 'rare-members.ts'];
    // The export of the trail is no operation of AWS KMS.
    const found = ['model', 'kms'].flatMap((folder) =>
      readdirSync(`src/${folder}`)
        .filter((file) => file.endsWith('.ts') && !file.startsWith('trail'))
        .filter((file) => makers.test(readFileSync(`src/${folder}/${file}`, 'utf8'))),
    );
    assert.deepEqual(found.sort(), allowed);
    // And those that may give the makers nothing but lines of the table.
    for (const file of allowed) {
      const source = readFileSync(`src/model/${file}`, 'utf8');
      assert.notMatch(source, /\b(oneOf|text|whole|blob)\((?!\s*(everyday|rare)(Names)?\.)/, file);
    }
  });
});

// A schema of the SDK: [kind, namespace, name, traits, member names, member schemas, number of required members (they come first)].
type Schema = readonly [number, string, string, unknown, unknown, readonly unknown[], number?];
const exported = sdk as unknown as Readonly<Record<string, unknown>>;

/** The type and the members of a schema, in the words of the model. */
function typeOf(reference: unknown): Shape {
  if (typeof reference === 'function') return typeOf((reference as () => unknown)());
  if (typeof reference === 'number') {
    if (reference >= 128) return { type: 'map' };
    if (reference >= 64) return { type: 'list', member: typeOf(reference - 64) };
    return { type: simpleTypes[reference] ?? `the unknown type ${reference}` };
  }
  const schema = reference as Schema;
  if (typeof schema[0] !== 'number') return typeOf(schema[0]);
  const [kind, , name, , first, references, required = 0] = schema;
  if (kind === 0) return typeOf(first);
  if (kind === 1) return { type: 'list', member: typeOf(first) };
  if (kind === 2) return { type: 'map' };
  assert.equal(kind, 3, name);
  const listed = first as readonly string[];
  return {
    type: 'structure',
    required: listed.slice(0, required),
    members: Object.fromEntries(listed.map((member, at) => [member, typeOf(references[at])])),
  };
}

function assertSame(ofModel: Shape, ofSdk: Shape, path: string): void {
  assert.equal(ofModel.type, ofSdk.type, path);
  if (ofModel.type === 'list') assertSame(ofModel.member as Shape, ofSdk.member as Shape, `${path}[]`);
  if (ofModel.type !== 'structure') return;
  assert.sameMembers(Object.keys(ofModel.members ?? {}), Object.keys(ofSdk.members ?? {}), path);
  assert.sameMembers([...(ofModel.required ?? [])], [...(ofSdk.required ?? [])], path);
  for (const [name, member] of Object.entries(ofModel.members ?? {}))
    assertSame(member, ofSdk.members?.[name] as Shape, `${path}.${name}`);
}

describe('the pinned AWS SDK', () => {
  test('has the members of the model in every operation, of the same types, and requires the same', () => {
    assert.lengthOf(Object.keys(operations), 56);
    for (const [name, shape] of Object.entries(operations))
      assertSame(shape, typeOf(exported[`${name}Request$`]), name);
  });

  test('has the names of the table, under the same names of enumerations', () => {
    for (const [name, values] of Object.entries(names))
      assert.sameMembers(Object.values(exported[name] as Record<string, string>), [...values], name);
  });

  test('gives every member that it types as an enumeration the names that the model gives it', () => {
    const folder = join(dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-kms')), '../dist-types/models');
    const types = readFileSync(join(folder, 'models_0.d.ts'), 'utf8');
    let compared = 0;
    for (const [operation, shape] of Object.entries(operations)) {
      const [body = ''] = new RegExp(`export interface ${operation}Request \\{[\\s\\S]*?\\n\\}`).exec(types) ?? [];
      for (const [, member = '', type = ''] of body.matchAll(/^ {4}(\w+)\??: (\w+)(?:\[\])? \| undefined;$/gm)) {
        const ofModel = shape.members?.[member];
        const has = ofModel?.enum ?? ofModel?.member?.enum;
        const values = names[type];
        assert.equal(has === undefined, values === undefined, `${operation}.${member}: ${type}`);
        if (has === undefined || values === undefined) continue;
        assert.sameMembers([...has], [...values], `${operation}.${member}`);
        compared += 1;
      }
    }
    assert.isAtLeast(compared, 25);
  });
});
