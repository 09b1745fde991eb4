// What grants allow, against a slow reference: constraints by trying every pair, grantees by long hand.
import { assert } from 'chai';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { type GrantedCall, grantAllows } from '../../src/authz/grant.ts';
import { checkCaller } from '../../src/model/caller.ts';
import type { GrantOperation, GrantRecord, GrantTerms } from '../../src/model/grant-record.ts';

type Pairs = [string, string][];

const account = '111122223333';
const user = `arn:aws:iam::${account}:user/alice`;
const role = `arn:aws:iam::${account}:role/app/Reader`;
const session = `arn:aws:sts::${account}:assumed-role/Reader/s`;
const root = `arn:aws:iam::${account}:root`;

const has = (pairs: Pairs, [key, value]: [string, string]) =>
  pairs.some(([name, other]) => name.toUpperCase() === key.toUpperCase() && other === value);
const isSubset = (wanted: Pairs, given: Pairs) =>
  wanted.every(
    (pair) =>
      has(given, pair) &&
      given.every(([key, value]) => key.toUpperCase() !== pair[0].toUpperCase() || value === pair[1]),
  );
// The same pairs, as often.
function isSame(a: Pairs, b: Pairs): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  for (const [key, value] of a) {
    const at = left.findIndex(([name, other]) => name.toUpperCase() === key.toUpperCase() && other === value);
    if (at === -1) return false;
    left.splice(at, 1);
  }
  return true;
}

function reference(grant: GrantRecord, call: GrantedCall): boolean {
  const { arn, isAdministrator } = call.caller;
  const to = grant.grantee.principal as string;
  const isGrantee =
    to === arn || (to === role && arn === session) || (to === root && (arn === root || isAdministrator));
  if (!isGrantee || !(grant.operations as readonly string[]).includes(call.action)) return false;
  const equals = grant.constraints.contextEquals as Pairs | null;
  const subset = grant.constraints.contextSubset as Pairs | null;
  if (call.action === 'DescribeKey') return true;
  if (call.action === 'CreateGrant') {
    const child = call.child as GrantTerms;
    const childEquals = child.constraints.contextEquals as Pairs | null;
    const childSubset = child.constraints.contextSubset as Pairs | null;
    if (child.operations.some((operation) => !grant.operations.includes(operation))) return false;
    if (equals && !(childEquals && isSame(equals, childEquals))) return false;
    if (!subset) return true;
    return (!!childEquals && isSubset(subset, childEquals)) || (!!childSubset && isSubset(subset, childSubset));
  }
  const context = call.context as Pairs;
  return (!equals || isSame(equals, context)) && (!subset || isSubset(subset, context));
}

const pairs = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'A', 'b'), fc.constantFrom('1', '2')), {
    selector: ([key]) => key,
    maxLength: 3,
  })
  .map((list) => list as Pairs);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(null), arbitrary);
const operations = fc.subarray<GrantOperation>(['Encrypt', 'Decrypt', 'CreateGrant', 'DescribeKey'], { minLength: 1 });
const terms: fc.Arbitrary<GrantTerms> = fc.record({
  name: fc.constant(''),
  grantee: fc.record({ principal: fc.constantFrom(user, role, root), service: fc.constant(null) }),
  retiring: fc.constant({ principal: null, service: null }),
  operations,
  constraints: fc.record({ contextEquals: maybe(pairs), contextSubset: maybe(pairs), sourceArn: fc.constant(null) }),
});

describe('grants', () => {
  test('allow what the slow reference allows', () => {
    const seen = new Map<boolean, number>();
    fc.assert(
      fc.property(
        terms,
        terms,
        fc.constantFrom('Encrypt', 'Decrypt', 'CreateGrant', 'DescribeKey'),
        pairs,
        fc.constantFrom(user, session, root, role),
        fc.boolean(),
        (given, child, action, context, arn, isAdministrator) => {
          const grant: GrantRecord = { ...given, keyId: 'k', id: 'g', createdAt: 0, issuingAccount: root };
          const call = { caller: checkCaller(arn, isAdministrator), action, context, child };
          const expected = reference(grant, call);
          seen.set(expected, (seen.get(expected) ?? 0) + 1);
          assert.equal(grantAllows(grant, call), expected);
        },
      ),
      { numRuns: 5000 },
    );
    assert.isAbove(seen.get(true) ?? 0, 100);
  });
});
