// Key policy documents: read, checked and made ready for evaluation.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
// Members are read as own properties of parsed JSON, so that neither `__proto__` nor a polluted prototype adds one.
import { LimitExceededException, MalformedPolicyDocumentException } from '../model/errors/index.ts';
import { type Condition, parseCondition } from './condition.ts';
import { isOpenAfter, type Pattern, parsePattern } from './pattern.ts';
import { everyone, isServicePrincipal, outside, type Principal, parsePrincipal } from './principal.ts';

/** Quota: bytes of one key policy. */
const mostBytes = 32_768;

/** `Action` or `NotAction`, and the like: a list that is meant, or all but the list. */
export interface Choice<T> {
  readonly isAllBut: boolean;
  readonly list: readonly T[];
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly principals: Choice<Principal>;
  /** In lower case. A statement without actions is accepted and has no effect. */
  readonly actions: Choice<Pattern>;
  readonly resources: Choice<Pattern>;
  readonly conditions: readonly Condition[];
}

export interface Policy {
  readonly statements: readonly Statement[];
  /** Accounts that may do everything, whatever the call says: for them nothing else needs to be looked at. */
  readonly openTo: readonly string[];
}

/**
 * Reads a key policy.
 * @throws LimitExceededException where it has more than 32 768 bytes
 * @throws MalformedPolicyDocumentException
 */
export function parsePolicy(text: string): Policy {
  if (new TextEncoder().encode(text).length > mostBytes) {
    throw new LimitExceededException(`The key policy is larger than ${mostBytes} bytes.`);
  }
  const document = membersOf(parseJson(text), 'Policy', ['Version', 'Id', 'Statement']);
  const version = document.get('Version') ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17')
    throw malformed('Version must be "2012-10-17" or "2008-10-17".');
  if (document.has('Id') && typeof document.get('Id') !== 'string') throw malformed('Id must be a string.');
  const given = document.get('Statement');
  if (given === undefined) throw malformed('Policy must be a JSON object with a Statement.');
  const statements = (Array.isArray(given) ? given : [given]).map((each) =>
    readStatement(each, version === '2012-10-17'),
  );
  return { statements, openTo: accountsWithEverything(statements) };
}

const malformed = (message: string): MalformedPolicyDocumentException => new MalformedPolicyDocumentException(message);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedPolicyDocumentException('Policy is not valid JSON.', { cause });
  }
}

/** The members of an object, of which only some names are known. */
function membersOf(value: unknown, what: string, names?: readonly string[]): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`${what} must be a JSON object.`);
  const members = new Map<string, unknown>(Object.entries(value));
  for (const name of members.keys())
    if (names?.includes(name) === false) throw malformed(`${what} contains the unknown element ${name.slice(0, 64)}.`);
  return members;
}

/** A text, or a list of texts. */
function textsOf(
  value: unknown,
  what: string,
  isText = (each: unknown): boolean => typeof each === 'string',
): string[] {
  return (Array.isArray(value) ? value : [value]).map((each) => {
    if (!isText(each)) throw malformed(`${what} must be a string or a list of strings.`);
    return String(each);
  });
}

const statementMembers = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
] as const;

function readStatement(value: unknown, hasVariables: boolean): Statement {
  const members = membersOf(value, 'Statement', statementMembers);
  if (members.has('Sid') && typeof members.get('Sid') !== 'string') throw malformed('Sid must be a string.');
  const effect = members.get('Effect');
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed('Effect must be "Allow" or "Deny".');
  const patterns = (text: string) => parsePattern(text, hasVariables);
  return {
    effect,
    principals: readPrincipals(members),
    actions: readChoice(members, 'Action', (text) => parsePattern(text.toLowerCase(), false)),
    resources: readChoice(members, 'Resource', patterns),
    conditions: members.has('Condition') ? readConditions(members.get('Condition'), hasVariables) : [],
  };
}

function readChoice<T>(members: ReadonlyMap<string, unknown>, name: string, read: (text: string) => T): Choice<T> {
  const not = `Not${name}`;
  if (members.has(name) && members.has(not)) throw malformed(`A statement has both ${name} and ${not}.`);
  const isAllBut = members.has(not);
  const given = isAllBut ? not : name;
  return { isAllBut, list: members.has(given) ? textsOf(members.get(given), given).map(read) : [] };
}

const noPrincipal = (): MalformedPolicyDocumentException => malformed('Policy contains a statement with no principal.');
const invalidPrincipals = (): MalformedPolicyDocumentException =>
  malformed('Policy contains a statement with one or more invalid principals.');

function readPrincipals(members: ReadonlyMap<string, unknown>): Choice<Principal> {
  if (members.has('Principal') && members.has('NotPrincipal'))
    throw malformed('A statement has both Principal and NotPrincipal.');
  const isAllBut = members.has('NotPrincipal');
  const given = members.get(isAllBut ? 'NotPrincipal' : 'Principal');
  if (given === undefined || given === null) throw noPrincipal();
  if (given === '*') return { isAllBut, list: [everyone] };
  if (typeof given !== 'object' || Array.isArray(given)) throw invalidPrincipals();
  const list = Object.entries(given).flatMap(([kind, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => readPrincipal(kind, each)),
  );
  if (list.length === 0) throw noPrincipal();
  return { isAllBut, list };
}

function readPrincipal(kind: string, value: unknown): Principal {
  if (typeof value !== 'string') throw invalidPrincipals();
  if (kind === 'AWS' && value === '*') return everyone;
  const principal = kind === 'AWS' ? parsePrincipal(value) : undefined;
  if (principal) return principal;
  if ((kind === 'Service' && isServicePrincipal(value)) || (kind === 'Federated' && value !== '')) return outside;
  throw invalidPrincipals();
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function readConditions(value: unknown, hasVariables: boolean): readonly Condition[] {
  return [...membersOf(value, 'Condition')].flatMap(([operator, keys]) =>
    [...membersOf(keys, `Condition ${operator.slice(0, 64)}`)].map(([key, values]) => {
      if (/^ForAllValues:/.test(operator) && /^kms:EncryptionContext:/i.test(key))
        throw overlyPermissive('encryption context');
      if (/^ForAllValues:/.test(operator) && /^aws:RequestTag\//i.test(key)) throw overlyPermissive('tag');
      const condition = parseCondition(operator, key, textsOf(values, 'Condition values', isScalar), hasVariables);
      if (condition === undefined) throw malformed(`There is no condition operator ${operator.slice(0, 64)}.`);
      return condition;
    }),
  );
}

// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#set-operators
const overlyPermissive = (what: string): MalformedPolicyDocumentException =>
  malformed(
    `OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests without the specified ${what} or with an unspecified ${what}. To fix, remove ForAllValues.`,
  );

const isOpen = ({ isAllBut, list }: Choice<Pattern>, ...prefixes: readonly string[]): boolean =>
  !isAllBut && list.some((pattern) => prefixes.some((prefix) => isOpenAfter(prefix, pattern)));

function accountsWithEverything(statements: readonly Statement[]): readonly string[] {
  if (statements.some(({ effect }) => effect === 'Deny')) return [];
  return statements
    .filter(({ actions, resources }) => isOpen(actions, '', 'kms:') && isOpen(resources, ''))
    .filter(({ principals, conditions }) => !principals.isAllBut && conditions.length === 0)
    .flatMap(({ principals }) => principals.list.map((each) => (each.kind === 'account' ? each.accountId : [])))
    .flat();
}
