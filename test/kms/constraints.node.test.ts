// Every constraint of the service model, at its limit and beyond it, on every member of every operation; and every operation and
// member that the pinned AWS SDK knows.
import * as sdk from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, memoryStore, openKms } from '../../src/index.ts';
import { operations, type Shape } from '../support/service-model.ts';

type Request = Record<string, unknown>;

/** The service itself allows less than its model: 7 to 30 days. */
const narrower: ReadonlySet<string> = new Set(['ScheduleKeyDeletion.PendingWindowInDays']);
const lowerCamel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Texts of a pattern that not every letter satisfies. */
const samples: Readonly<Record<string, string>> = {
  '^([a-z]+-){2,3}\\d+$': 'eu-west-1',
  '[0-9]{12}': '123456789012',
  'cluster-[2-7a-zA-Z]{11,16}': 'cluster-abcdefghijk',
  '^https://[a-zA-Z0-9.-]+$': 'https://example.org',
  '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$': '/kms/xks/v1',
  '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$': 'com.amazonaws.vpce.eu-west-1.vpce-svc-a1',
  '^[A-Z2-7]+$': 'A'.repeat(20),
};

/** A value that satisfies the model. */
function valid(shape: Shape): unknown {
  if (shape.enum) return shape.enum[0];
  switch (shape.type) {
    case 'string':
      return samples[shape.pattern ?? ''] ?? 'a'.repeat(Math.max(1, shape.min ?? 1));
    case 'blob':
      return new Uint8Array(Math.max(1, shape.min ?? 1));
    case 'integer':
      return shape.min ?? 1;
    case 'boolean':
      return false;
    case 'timestamp':
      return new Date();
    case 'list':
      return shape.member ? [valid(shape.member)] : [];
    case 'structure':
      return Object.fromEntries((shape.required ?? []).map((name) => [name, valid(shape.members?.[name] as Shape)]));
    default:
      return {};
  }
}

interface Case {
  readonly value: unknown;
  /** What AWS says of the value; undefined for a value that is allowed. */
  readonly told?: string;
}

const failed = (constraint: string) => ` failed to satisfy constraint: Member must ${constraint}`;

/** Values at and beyond each limit of a member. */
function* casesOf(shape: Shape, member: string): Generator<Case> {
  const named = (value: unknown) => `Value '${String(value)}' at '${member}'`;
  const { min, max } = shape;
  if (shape.enum) {
    yield* shape.enum.map((value) => ({ value }));
    for (const value of ['NO_SUCH_VALUE', shape.enum[0]?.toLowerCase() ?? '', ''])
      if (!shape.enum.includes(value)) yield { value, told: `${named(value)}${failed(`satisfy enum value set: [`)}` };
    return;
  }
  if (shape.type === 'integer') {
    if (min !== undefined) yield { value: min };
    if (max !== undefined) yield { value: max };
    if (min !== undefined)
      yield { value: min - 1, told: named(min - 1) + failed(`have value greater than or equal to ${min}`) };
    if (max !== undefined)
      yield { value: max + 1, told: named(max + 1) + failed(`have value less than or equal to ${max}`) };
  }
  if (shape.type === 'blob') {
    const bytes = (length: number) => new Uint8Array(length);
    yield { value: bytes(min ?? 1) };
    yield { value: bytes(max ?? 1) };
    yield { value: bytes(0), told: `Value at '${member}'${failed(`have length greater than or equal to ${min}`)}` };
    yield {
      value: bytes((max ?? 0) + 1),
      told: `Value at '${member}'${failed(`have length less than or equal to ${max}`)}`,
    };
  }
  if (shape.type === 'string') {
    const sample = samples[shape.pattern ?? ''];
    yield { value: sample ?? 'a'.repeat(Math.max(1, min ?? 1)) };
    if (sample === undefined && max !== undefined) yield { value: 'a'.repeat(max) };
    if (min !== undefined && min > 0) {
      const short = 'a'.repeat(min - 1);
      yield { value: short, told: named(short) + failed(`have length greater than or equal to ${min}`) };
    }
    if (max !== undefined) {
      const long = 'a'.repeat(max + 1);
      const shown = long.length > 16_384 ? `${long.slice(0, 16_384)}...` : long;
      yield { value: long, told: named(shown) + failed(`have length less than or equal to ${max}`) };
    }
    if (shape.pattern !== undefined)
      yield {
        value: '\u{1f511}',
        told: named('\u{1f511}') + failed(`satisfy regular expression pattern: ${shape.pattern}`),
      };
  }
  if (shape.type === 'list' && max !== undefined && shape.member) {
    yield { value: Array.from({ length: max }, () => 'a') };
    const long = Array.from({ length: max + 1 }, () => 'a');
    yield {
      value: long,
      told: `Value '[${long.join(', ')}]' at '${member}'${failed(`have length less than or equal to ${max}`)}`,
    };
  }
  if (shape.type === 'list' && shape.member) {
    const inner = `${member}.2.member`;
    for (const { value, told } of casesOf(shape.member, inner))
      yield { value: [valid(shape.member), value], ...(told === undefined ? {} : { told }) };
  }
  if (shape.type === 'structure') {
    for (const [name, each] of Object.entries(shape.members ?? {})) {
      const whole = valid(shape) as Request;
      for (const { value, told } of casesOf(each, `${member}.${lowerCamel(name)}`))
        yield { value: { ...whole, [name]: value }, ...(told === undefined ? {} : { told }) };
      if (shape.required?.includes(name)) {
        const { [name]: _, ...rest } = whole;
        yield { value: rest, told: `Value null at '${member}.${lowerCamel(name)}'${failed('not be null')}` };
      }
    }
  }
}

type Methods = Record<string, (input: Request) => Promise<unknown>>;
const call = (kms: Kms, operation: string, request: Request): Promise<Error | undefined> =>
  (kms as unknown as Methods)[lowerCamel(operation)]?.(request).then(
    () => undefined,
    (error: Error) => error,
  ) ?? Promise.resolve(new Error('There is no such operation.'));

/** What violations call a member that is not there: of sensitive ones they do not tell the value. */
const missing = (name: string): string =>
  `Value ${['Plaintext', 'Message'].includes(name) ? '' : 'null '}at '${lowerCamel(name)}'`;

describe('the constraints of the service model', () => {
  for (const [operation, shape] of Object.entries(operations)) {
    test(`are those of ${operation}`, async () => {
      const kms = await openKms({ store: memoryStore() });
      const whole = valid(shape) as Request;
      for (const name of shape.required ?? []) {
        const { [name]: _, ...rest } = whole;
        const error = await call(kms, operation, rest);
        assert.equal(error?.name, 'ValidationException', name);
        assert.equal(error?.message, `1 validation error detected: ${missing(name)}${failed('not be null')}`);
      }
      for (const [name, member] of Object.entries(shape.members ?? {})) {
        for (const { value, told } of casesOf(member, lowerCamel(name))) {
          const error = await call(kms, operation, { ...whole, [name]: value });
          if (told === undefined) {
            const own = `at '${lowerCamel(name)}`;
            if (!narrower.has(`${operation}.${name}`)) assert.notInclude(error?.message ?? '', own, String(value));
          } else {
            assert.equal(error?.name, 'ValidationException', `${name}: ${told}`);
            assert.match(error?.message ?? '', /^\d validation errors? detected: /);
            assert.include(error?.message ?? '', told);
          }
        }
      }
    });
  }

  test('leave ScheduleKeyDeletion 7 to 30 days', async () => {
    const kms = await openKms({ store: memoryStore() });
    const { KeyId } = (await kms.createKey()).KeyMetadata;
    for (const [PendingWindowInDays, told] of [
      [6, 'greater than or equal to 7'],
      [31, 'less than or equal to 30'],
    ] as const) {
      const error = await call(kms, 'ScheduleKeyDeletion', { KeyId, PendingWindowInDays });
      assert.equal(
        error?.message,
        `1 validation error detected: Value '${PendingWindowInDays}' at 'pendingWindowInDays'${failed(`have value ${told}`)}`,
      );
    }
    for (const PendingWindowInDays of [7, 30]) {
      await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays });
      await kms.cancelKeyDeletion({ KeyId });
    }
  });

  test('are told all at once', async () => {
    const kms = await openKms({ store: memoryStore() });
    const error = await call(kms, 'CreateAlias', { AliasName: 'a b', TargetKeyId: '' });
    assert.equal(
      error?.message,
      "2 validation errors detected: Value 'a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular " +
        "expression pattern: ^[a-zA-Z0-9:/_-]+$; Value '' at 'targetKeyId' failed to satisfy constraint: Member must have " +
        'length greater than or equal to 1',
    );
  });
});

// A schema of the SDK: [kind, namespace, name, traits, member names, member schemas, number of required members (they come first)].
type Schema = readonly [number, string, string, unknown, readonly string[], readonly unknown[], number?];
const exported = sdk as unknown as Readonly<Record<string, unknown>>;
const commands = Object.keys(exported)
  .filter((name) => name.endsWith('Command') && name !== '$Command')
  .map((name) => name.slice(0, -'Command'.length));

describe('the pinned AWS SDK', () => {
  test('has no operation that is missing here, and none more', async () => {
    const kms = await openKms({ store: memoryStore() });
    assert.lengthOf(commands, 56);
    for (const command of commands)
      assert.isFunction((kms as unknown as Methods)[lowerCamel(command)], `${command} is missing`);
    assert.sameMembers(Object.keys(operations), commands);
  });

  for (const command of commands) {
    test(`has no member of ${command} that is not looked at here`, async () => {
      const kms = await openKms({ store: memoryStore() });
      const [, , , , names, , required = 0] = exported[`${command}Request$`] as Schema;
      const base = valid(operations[command] as Shape) as Request;
      for (const name of names) {
        // A symbol has the wrong type for every member: whoever looks at it says so.
        const error = await call(kms, command, { ...base, [name]: Symbol('of a wrong type') });
        assert.equal(error?.name, 'SerializationException', name);
        assert.match(error?.message ?? '', new RegExp(`^${name} must be `));
      }
      const error = await call(kms, command, {});
      for (const told of names.slice(0, required).map(missing)) assert.include(error?.message ?? '', told);
      if (required > 0) assert.match(error?.message ?? '', new RegExp(`^${required} validation error`));
      else assert.notMatch(error?.message ?? '', /^\d validation errors? detected: (?!Value null at 'ciphertextBlob')/);
    });
  }
});
