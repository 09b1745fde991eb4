// The policy evaluator once more, slow and obvious: straight from the documentation, over the JSON as it is written. Wildcards
// by trying everything, conditions by long hand. The one in src/authz is held against it.
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export interface PlainStatement {
  Effect: string;
  Principal?: Json;
  NotPrincipal?: Json;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, Json>>;
}
export interface PlainPolicy {
  Version?: string;
  Statement: PlainStatement[];
}
export interface PlainCall {
  arn: string;
  isAdministrator: boolean;
  action: string;
  resource: string;
  /** Keys in lower case. */
  values: Record<string, string[]>;
}

const asList = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const accountOf = (arn: string): string => arn.split(':')[4] as string;

/** Tries every way in which a pattern of single tokens can fit. */
function fits(text: string, tokens: string[]): boolean {
  const [first, ...rest] = tokens;
  if (first === undefined) return text === '';
  if (first === 'ANY') return Array.from({ length: text.length + 1 }).some((_, taken) => fits(text.slice(taken), rest));
  if (first === 'ONE') return text !== '' && fits(text.slice(1), rest);
  return text !== '' && `=${text[0]}` === first && fits(text.slice(1), rest);
}

/** Tokens: `=x` for a character, ANY and ONE for wildcards; undefined where a variable stands for nothing. */
function tokensOf(text: string, call: PlainCall, isModern: boolean): string[] | undefined {
  const tokens: string[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('}');
    if (isModern && rest.startsWith('${') && end !== -1) {
      const inner = rest.slice(2, end);
      const [key, otherwise] = inner.split(',').map((part) => part.trim());
      const known = call.values[(key as string).toLowerCase()];
      let value: string;
      if (inner === '*' || inner === '?' || inner === '$') value = inner;
      else if (known?.length === 1) value = known[0] as string;
      else if (otherwise !== undefined) value = otherwise.slice(1, -1);
      else return undefined;
      tokens.push(...value.split('').map((unit) => `=${unit}`));
      rest = rest.slice(end + 1);
    } else {
      const unit = rest[0] as string;
      tokens.push(unit === '*' ? 'ANY' : unit === '?' ? 'ONE' : `=${unit}`);
      rest = rest.slice(1);
    }
  }
  return tokens;
}

const literal = (tokens: string[]): string =>
  tokens.map((token) => (token === 'ANY' ? '*' : token === 'ONE' ? '?' : token.slice(1))).join('');

/** Compares one value of the call with one value of the policy under a base operator that is not negated. */
function compare(operator: string, value: string, wanted: string, call: PlainCall, isModern: boolean): boolean {
  const tokens = tokensOf(wanted, call, isModern);
  if (operator.startsWith('Numeric') || operator.startsWith('Date')) {
    // JavaScript reads more than there is: an empty text as 0, and `us-east-1` as a day in 2001.
    const read = (text: string): number => {
      if (operator.startsWith('Numeric')) return text === '' ? Number.NaN : Number(text);
      if (/^\d+$/.test(text)) return Number(text) * 1000;
      return /^\d{4}-/.test(text) ? new Date(text).getTime() : Number.NaN;
    };
    const [a, b] = [read(value), read(wanted)];
    const how = operator.replace(/^(Numeric|Date)/, '');
    if (how === 'Equals') return a === b;
    if (how === 'LessThan') return a < b;
    if (how === 'LessThanEquals') return a <= b;
    if (how === 'GreaterThan') return a > b;
    return a >= b;
  }
  switch (operator) {
    case 'StringEquals':
      return tokens !== undefined && literal(tokens) === value;
    case 'StringEqualsIgnoreCase':
      return tokens !== undefined && literal(tokens).toUpperCase() === value.toUpperCase();
    case 'StringLike':
      return tokens !== undefined && fits(value, tokens);
    case 'Bool':
      return value.toLowerCase() === wanted.toLowerCase();
    case 'BinaryEquals':
      return value === wanted;
    case 'IpAddress':
      return false;
    case 'ArnLike':
    case 'ArnEquals': {
      // Each of the first five colons splits, if it stands in the policy itself.
      if (tokens === undefined || value.split(':').length < 6) return false;
      const written = wanted.split(':');
      if (written.length < 6) return false;
      const parts = [...written.slice(0, 5), written.slice(5).join(':')];
      const given = [...value.split(':').slice(0, 5), value.split(':').slice(5).join(':')];
      return parts.every((part, index) => fits(given[index] as string, tokensOf(part, call, isModern) as string[]));
    }
    default:
      throw new Error(`no operator ${operator}`);
  }
}

function conditionHolds(
  name: string,
  key: string,
  wanted: string[],
  call: PlainCall,
  effect: string,
  isModern: boolean,
) {
  const values = call.values[key.toLowerCase()] ?? [];
  const isAbsent = values.length === 0;
  if (name === 'Null') return wanted.includes('true') ? isAbsent || wanted.includes('false') : !isAbsent;
  const colon = name.indexOf(':');
  const quantifier = colon === -1 ? '' : name.slice(0, colon);
  const rest = name.slice(colon + 1);
  const isIfExists = rest.endsWith('IfExists');
  const full = isIfExists ? rest.slice(0, -'IfExists'.length) : rest;
  const isNegated = full.includes('Not');
  const base = full.replace('Not', '');
  if (isAbsent && isIfExists) return true;
  if (isAbsent) return quantifier === 'ForAllValues' || (quantifier === '' && isNegated);
  const results = values.map((value) => {
    const isMet = wanted.some((each) => compare(base, value, each, call, isModern));
    return isNegated ? !isMet : isMet;
  });
  if (quantifier === 'ForAllValues') return !results.includes(false);
  if (quantifier === 'ForAnyValue') return results.includes(true);
  return effect === 'Allow' ? !results.includes(false) : results.includes(true);
}

type Named = 'self' | 'account' | 'no';

function isNamedBy(principal: Json, arn: string): Named {
  const entries =
    typeof principal === 'string' ? [principal] : Object.values(principal as Record<string, Json>).flatMap(asList);
  let best: Named = 'no';
  for (const entry of entries as string[]) {
    if (entry === '*' || entry === arn) return 'self';
    // arn:aws:sts::1:assumed-role/Name/session is named by arn:aws:iam::1:role/any/path/Name
    const [kind, role] = arn.split(':').slice(5).join(':').split('/');
    if (kind === 'assumed-role' && entry.includes(':role/') && accountOf(entry) === accountOf(arn))
      if (entry.split('/').at(-1) === role) return 'self';
    if (entry === accountOf(arn) || entry === `arn:aws:iam::${accountOf(arn)}:root`) best = 'account';
    if (best === 'account' && arn.endsWith(':root')) return 'self';
  }
  return best;
}

function statementNames(statement: PlainStatement, arn: string): Named {
  if (statement.Principal !== undefined) return isNamedBy(statement.Principal, arn);
  const named = isNamedBy(statement.NotPrincipal as Json, arn);
  if (statement.Effect === 'Deny') return named === 'self' ? 'no' : 'self';
  return named === 'no' ? 'self' : 'no';
}

function listChooses(
  given: string | string[] | undefined,
  not: string | string[] | undefined,
  fit: (x: string) => boolean,
) {
  if (given !== undefined) return asList(given).some(fit);
  return not !== undefined && !asList(not).some(fit);
}

export function referenceDecision(policy: PlainPolicy, call: PlainCall, keyAccount: string): string {
  const isModern = policy.Version === '2012-10-17';
  const applying = policy.Statement.map((statement) => {
    const action = `kms:${call.action}`.toLowerCase();
    const isAction = (wanted: string) =>
      fits(
        action,
        wanted
          .toLowerCase()
          .split('')
          .map((unit) => (unit === '*' ? 'ANY' : unit === '?' ? 'ONE' : `=${unit}`)),
      );
    const isResource = (wanted: string) => {
      const tokens = tokensOf(wanted, call, isModern);
      return tokens !== undefined && fits(call.resource, tokens);
    };
    const conditions = Object.entries(statement.Condition ?? {}).flatMap(([name, keys]) =>
      Object.entries(keys).map(([key, wanted]) =>
        conditionHolds(name, key, asList(wanted).map(String), call, statement.Effect, isModern),
      ),
    );
    const applies =
      listChooses(statement.Action, statement.NotAction, isAction) &&
      listChooses(statement.Resource, statement.NotResource, isResource) &&
      !conditions.includes(false);
    return { effect: statement.Effect, named: applies ? statementNames(statement, call.arn) : 'no' };
  }).filter(({ named }) => named !== 'no');
  if (applying.some(({ effect }) => effect === 'Deny')) return 'denied explicitly';
  if (applying.length === 0) return 'not by the key policy';
  const isForeign = accountOf(call.arn) !== keyAccount;
  const isManagement = !/^(Encrypt|Decrypt|ReEncrypt|Generate|DescribeKey|CreateGrant)/.test(call.action);
  if (isForeign && isManagement) return 'not by the key policy';
  if (!isForeign && applying.some(({ named }) => named === 'self')) return 'allowed';
  return call.isAdministrator || call.arn.endsWith(':root') ? 'allowed' : 'not by the account';
}
