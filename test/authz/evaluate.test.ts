// The policy evaluator against a slow reference, and against what the documentation says by example.
import { assert } from 'chai';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { evaluatePolicy } from '../../src/authz/evaluate.ts';
import { parsePolicy } from '../../src/authz/policy-document.ts';
import { ValuesBuilder } from '../../src/authz/values.ts';
import { checkCaller } from '../../src/model/caller.ts';
import { type PlainCall, type PlainPolicy, type PlainStatement, referenceDecision } from './reference.ts';

const account = '111122223333';
const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const arns = [
  `arn:aws:iam::${account}:root`,
  `arn:aws:iam::${account}:user/alice`,
  `arn:aws:iam::${account}:user/team/bob`,
  `arn:aws:iam::${account}:role/service/Reader`,
  `arn:aws:sts::${account}:assumed-role/Reader/s1`,
  `arn:aws:sts::${account}:assumed-role/Writer/s1`,
  'arn:aws:iam::444455556666:user/alice',
  'arn:aws:sts::444455556666:assumed-role/Reader/s1',
];

function decide(policy: PlainPolicy, call: PlainCall): string {
  const values = new ValuesBuilder();
  for (const [name, texts] of Object.entries(call.values)) values.add(name, texts);
  return evaluatePolicy(parsePolicy(JSON.stringify(policy)), {
    caller: checkCaller(call.arn, call.isAdministrator),
    action: call.action,
    resource: call.resource,
    accountId: account,
    values: values.values,
  });
}

const oneOrMore = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(arbitrary, fc.array(arbitrary, { minLength: 1, maxLength: 3 }));
const principal = fc.oneof(
  fc.constant('*'),
  fc.record({ AWS: oneOrMore(fc.constantFrom('*', account, '444455556666', ...arns)) }),
);
const action = oneOrMore(
  fc.constantFrom('kms:*', '*', 'kms:Encrypt', 'kms:encrypt', 'KMS:De*', 'kms:?ncrypt', 'kms:Put*Policy', 's3:*'),
);
const resource = oneOrMore(
  fc.constantFrom(
    '*',
    key,
    'arn:aws:kms:*:111122223333:key/*',
    'arn:aws:s3:::x',
    '${kms:a}*',
    'arn:${*}',
    'arn:*:k${x}',
  ),
);
const word = fc.constantFrom('a', 'A', 'b', 'ab', 'a*', '*', '?', '', '1', '2', '10', 'true', 'false', key);
const wanted = fc.oneof(
  word,
  fc.constantFrom(
    '${kms:a}',
    '${kms:b}',
    "${kms:b, 'ab'}",
    '${*}',
    '${$}',
    '$',
    '${',
    '2030-01-01T00:00:00Z',
    'arn:aws:*',
  ),
  fc.constantFrom('arn:aws:kms:*:*:key/*', 'arn:*:*:us-east-1:*:*', 'arn:aws:kms:${kms:b}:*:*:*', '1893456000'),
);
const bases = ['String', 'Numeric', 'Date', 'Arn'].flatMap((type) => [`${type}Equals`, `${type}NotEquals`]);
const operator = fc
  .tuple(
    fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom(
      ...bases,
      ...[
        'StringEqualsIgnoreCase',
        'StringNotEqualsIgnoreCase',
        'StringLike',
        'StringNotLike',
        'ArnLike',
        'ArnNotLike',
      ],
      ...['NumericLessThan', 'NumericGreaterThanEquals', 'DateGreaterThan', 'DateLessThanEquals'],
      ...['Bool', 'BinaryEquals', 'IpAddress', 'NotIpAddress'],
    ),
    fc.constantFrom('', '', 'IfExists'),
  )
  .map((parts) => parts.join(''));
const keys = fc.constantFrom('kms:a', 'KMS:A', 'kms:b', 'kms:many', 'kms:none', '__proto__', 'constructor');
// Keys that differ in case alone would be one key to JSON's dictionary below and two to a policy.
const condition = fc.oneof(
  fc.tuple(operator, keys, oneOrMore(wanted)),
  fc.tuple(fc.constant('Null'), keys, oneOrMore(fc.constantFrom('true', 'false'))),
);
const conditions = fc.array(condition, { maxLength: 2 }).map((list) => {
  const block: [string, unknown][] = list.map(([name, of, texts]) => [name, Object.fromEntries([[of, texts]])]);
  return Object.fromEntries(block) as NonNullable<PlainStatement['Condition']>;
});
const statement: fc.Arbitrary<PlainStatement> = fc
  .tuple(
    fc.constantFrom('Allow', 'Allow', 'Deny'),
    fc.oneof(fc.record({ Principal: principal }), fc.record({ NotPrincipal: principal })),
    fc.oneof(fc.record({ Action: action }), fc.record({ NotAction: action }), fc.constant({})),
    fc.oneof(fc.record({ Resource: resource }), fc.record({ NotResource: resource }), fc.constant({ Resource: '*' })),
    fc.oneof(fc.constant({}), fc.record({ Condition: conditions })),
  )
  .map(([Effect, who, what, which, when]) => ({ Effect, ...who, ...what, ...which, ...when }) as PlainStatement);
const policy: fc.Arbitrary<PlainPolicy> = fc.record({
  Version: fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17'),
  Statement: fc.array(statement, { minLength: 1, maxLength: 4 }),
});
const call: fc.Arbitrary<PlainCall> = fc.record({
  arn: fc.constantFrom(...arns),
  isAdministrator: fc.boolean(),
  action: fc.constantFrom('Encrypt', 'Decrypt', 'PutKeyPolicy'),
  resource: fc.constant(key),
  values: fc
    .record({
      'kms:a': fc.array(word, { maxLength: 1 }),
      'kms:b': fc.array(fc.oneof(word, fc.constantFrom('us-east-1', '2030-01-01T00:00:00Z', key)), { maxLength: 1 }),
      'kms:many': fc.array(word, { maxLength: 3 }),
    })
    .map((values) => ({ __proto__: null, ...values }) as unknown as Record<string, string[]>),
});

describe('the policy evaluator', () => {
  test('decides as the slow reference does', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(policy, call, (document, request) => {
        const expected = referenceDecision(document, request, account);
        seen.set(expected, (seen.get(expected) ?? 0) + 1);
        assert.equal(decide(document, request), expected);
      }),
      { numRuns: 3000 },
    );
    // The generator must not be one that always meets the same answer.
    assert.deepEqual([...seen.keys()].sort(), [
      'allowed',
      'denied explicitly',
      'not by the account',
      'not by the key policy',
    ]);
  });

  const alice = `arn:aws:iam::${account}:user/alice`;
  const ask = (Statement: PlainStatement[], over: Partial<PlainCall> = {}, Version = '2012-10-17') =>
    decide(
      { Version, Statement },
      { arn: alice, isAdministrator: false, action: 'Encrypt', resource: key, values: {}, ...over },
    );
  const allow = (more: Partial<PlainStatement> = {}): PlainStatement => ({
    Effect: 'Allow',
    Principal: { AWS: alice },
    Action: 'kms:*',
    Resource: '*',
    ...more,
  });

  test('gives the account nothing that the key policy does not give', () => {
    assert.equal(
      ask([allow({ Principal: { AWS: 'arn:aws:iam::444455556666:root' } })], { isAdministrator: true }),
      'not by the key policy',
    );
    assert.equal(ask([allow({ Principal: { AWS: account } })], { isAdministrator: true }), 'allowed');
    assert.equal(ask([allow({ Principal: { AWS: account } })]), 'not by the account');
    assert.equal(ask([allow()], { arn: `arn:aws:iam::${account}:root` }), 'not by the key policy');
  });

  test('asks both accounts where the caller is of another one, and lets it manage nothing', () => {
    const arn = 'arn:aws:iam::444455556666:user/alice';
    const named = [allow({ Principal: { AWS: arn } })];
    assert.equal(ask(named, { arn }), 'not by the account');
    assert.equal(ask(named, { arn, isAdministrator: true }), 'allowed');
    assert.equal(ask(named, { arn, isAdministrator: true, action: 'DisableKey' }), 'not by the key policy');
  });

  test('takes a session for its role, with any path, and not for another', () => {
    const role = [allow({ Principal: { AWS: `arn:aws:iam::${account}:role/a/b/Reader` } })];
    assert.equal(ask(role, { arn: `arn:aws:sts::${account}:assumed-role/Reader/x` }), 'allowed');
    assert.equal(ask(role, { arn: `arn:aws:sts::${account}:assumed-role/Reader2/x` }), 'not by the key policy');
    assert.equal(ask(role, { arn: 'arn:aws:sts::444455556666:assumed-role/Reader/x' }), 'not by the key policy');
  });

  test('lets NotPrincipal spare a user, and not the account it is named by', () => {
    const policy = [allow({ Principal: '*' }), { ...allow(), Effect: 'Deny', Principal: undefined } as never];
    const deny = (NotPrincipal: PlainStatement['NotPrincipal']) =>
      ask([
        policy[0] as PlainStatement,
        { Effect: 'Deny', NotPrincipal, Action: 'kms:*', Resource: '*' } as PlainStatement,
      ]);
    assert.equal(deny({ AWS: alice }), 'allowed');
    assert.equal(deny({ AWS: `arn:aws:iam::${account}:root` }), 'denied explicitly');
  });

  test('has variables in version 2012-10-17 only, and takes their values literally', () => {
    const Condition = { StringLike: { 'kms:EncryptionContext:owner': '${aws:PrincipalArn}' } };
    const values = { 'kms:encryptioncontext:owner': [alice], 'aws:principalarn': [alice] };
    assert.equal(ask([allow({ Condition })], { values }), 'allowed');
    assert.equal(ask([allow({ Condition })], { values }, '2008-10-17'), 'not by the key policy');
    const star = { ...values, 'aws:principalarn': ['*'] };
    assert.equal(ask([allow({ Condition })], { values: star }), 'not by the key policy');
  });

  test('knows no keys by way of a prototype', () => {
    const Condition = JSON.parse('{"StringEquals":{"__proto__":"x"}}');
    assert.equal(ask([allow({ Condition })]), 'not by the key policy');
    assert.equal(ask([allow({ Condition: { Null: { constructor: 'false' } } })]), 'not by the key policy');
    assert.throws(() => parsePolicy('{"__proto__":{"Statement":[]}}'), /unknown element __proto__/);
  });

  test('knows ranges of IPv4 and IPv6, and takes what is no address for one in none', () => {
    const isIn = (address: string, range: string | string[], operator = 'IpAddress') =>
      ask([allow({ Condition: { [operator]: { 'aws:SourceIp': range } } })], {
        values: { 'aws:sourceip': [address] },
      }) === 'allowed';
    for (const [address, range] of [
      ['203.0.113.7', '203.0.113.0/24'],
      ['203.0.113.7', '203.0.113.7'],
      ['203.0.113.7', '203.0.113.6/31'],
      ['203.0.113.7', '0.0.0.0/0'],
      ['203.0.113.7', ['198.51.100.0/24', '203.0.113.0/29']],
      ['::ffff:203.0.113.7', '203.0.113.0/24'],
      ['2001:db8::1', '2001:DB8::/32'],
      ['2001:db8:1234:5678::', '2001:db8:1234:5600::/56'],
      ['::1', '0:0:0:0:0:0:0:1'],
    ] as const) {
      assert.isTrue(isIn(address, range as string), `${address} ${range}`);
      assert.isFalse(isIn(address, range as string, 'NotIpAddress'), `${address} ${range}`);
    }
    for (const [address, range] of [
      ['203.0.113.8', '203.0.113.0/29'],
      ['203.0.114.7', '203.0.113.0/24'],
      ['203.0.113.7', '203.0.113.0/33'],
      ['203.0.113.7', '203.0.113/24'],
      ['203.0.113.7', '203.0.113.0/'],
      ['203.0.113.7', '2001:db8::/32'],
      ['203.0.113.7', '::/0'],
      ['2001:db9::1', '2001:db8::/32'],
      ['2001:db8::1', '2001:db8::1::/32'],
      ['2001:db8::1', '1:2:3:4:5:6:7/0'],
      ['unknown', '0.0.0.0/0'],
      ['256.0.0.1', '0.0.0.0/0'],
    ] as const) {
      assert.isFalse(isIn(address, range), `${address} ${range}`);
      assert.isTrue(isIn(address, range, 'NotIpAddress'), `${address} ${range}`);
    }
  });

  test('is not slowed down by wildcards', () => {
    const started = performance.now();
    const Action = `kms:${'*a'.repeat(5000)}*b`;
    assert.equal(ask([allow({ Action })], { action: 'a'.repeat(200) }), 'not by the key policy');
    assert.isBelow(performance.now() - started, 2000);
  });
});

describe('a policy document', () => {
  const fails = (document: unknown, message: RegExp) =>
    assert.throws(() => parsePolicy(typeof document === 'string' ? document : JSON.stringify(document)), message);
  const base = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
  const one = (statement: Record<string, unknown>) => ({ Version: '2012-10-17', Statement: statement });

  test('is refused where it is malformed, in the words of AWS', () => {
    fails('{', /^Policy is not valid JSON\.$/);
    fails('[]', /must be a JSON object/);
    fails({ Version: '2020-01-01', Statement: [base] }, /Version/);
    fails({}, /with a Statement/);
    fails(one({ ...base, Principal: undefined }), /^Policy contains a statement with no principal\.$/);
    fails(one({ ...base, Principal: { AWS: [] } }), /^Policy contains a statement with no principal\.$/);
    for (const Principal of [
      'alice',
      { AWS: 'alice' },
      { AWS: 'arn:aws:iam::111122223333:user/*' },
      { CanonicalUser: 'x' },
      { Service: 'x' },
      { AWS: 7 },
      ['*'],
    ])
      fails(one({ ...base, Principal }), /^Policy contains a statement with one or more invalid principals\.$/);
    fails(one({ ...base, Effect: 'allow' }), /Effect/);
    fails(one({ ...base, NotAction: 'kms:*' }), /both Action and NotAction/);
    fails(one({ ...base, Actions: 'kms:*' }), /unknown element Actions/);
    fails(one({ ...base, Action: 7 }), /Action must be/);
    fails(one({ ...base, Condition: { StringIs: { a: 'b' } } }), /no condition operator StringIs/);
    fails(one({ ...base, Condition: { StringEquals: { a: { b: 'c' } } } }), /Condition values/);
    fails(
      one({ ...base, Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } } }),
      /^OverlyPermissiveCondition: .* without the specified encryption context or with an unspecified encryption context\./,
    );
    fails(
      one({ ...base, Condition: { 'ForAllValues:StringLike': { 'aws:RequestTag/team': 'b' } } }),
      /^OverlyPermissiveCondition: .* without the specified tag or with an unspecified tag\./,
    );
    fails(' '.repeat(32_769), /larger than 32768 bytes/);
  });

  test('may leave out actions or resources, and has no effect then', () => {
    const { Action: _, ...noAction } = base;
    const { Resource: __, ...noResource } = base;
    for (const statement of [noAction, noResource]) {
      const values = new ValuesBuilder().values;
      const caller = checkCaller(arns[1] as string, true);
      const policy = parsePolicy(JSON.stringify(one(statement)));
      assert.equal(
        evaluatePolicy(policy, { caller, action: 'Encrypt', resource: key, accountId: account, values }),
        'not by the key policy',
      );
    }
  });

  test('takes services and identity providers as principals', () => {
    parsePolicy(
      JSON.stringify(one({ ...base, Principal: { Service: 's3.amazonaws.com', Federated: 'accounts.google.com' } })),
    );
  });
});
