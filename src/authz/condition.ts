// Condition operators. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
import { isInRange } from './ip-range.ts';
import { cutAtColons, isEqualTo, isLike, type Pattern, parsePattern } from './pattern.ts';
import type { Values } from './values.ts';

/** A value that a policy asks for. */
interface Wanted {
  readonly text: string;
  readonly pattern: Pattern;
  readonly lowered: Pattern;
}

type Test = (value: string, wanted: Wanted, values: Values) => boolean;
type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined;

/** One condition key under one operator. */
export interface Condition {
  readonly test: Test | 'Null';
  readonly isNegated: boolean;
  readonly isIfExists: boolean;
  readonly quantifier: Quantifier;
  /** In lower case. */
  readonly key: string;
  readonly wanted: readonly Wanted[];
}

const equalText: Test = (value, { pattern }, values) => isEqualTo(value, pattern, values);
const equalIgnoringCase: Test = (value, { lowered }, values) =>
  isEqualTo(value.toLowerCase(), lowered, lowerCase(values));
const likeText: Test = (value, { pattern }, values) => isLike(value, pattern, values);

/** ARNs compare part by part: a wildcard does not reach over the first five colons. */
const likeArn: Test = (value, { pattern }, values) => {
  const [parts, wanted] = [value.split(':'), cutAtColons(pattern, 6)];
  if (parts.length < 6 || wanted.length !== 6) return false;
  const cut = [...parts.slice(0, 5), parts.slice(5).join(':')];
  return wanted.every((part, index) => isLike(cut[index] ?? '', part, values));
};

type Compare = (a: number, b: number) => boolean;
const compared =
  (read: (text: string) => number, compare: Compare): Test =>
  (value, { text }) =>
    // What cannot be read is NaN, and compares with nothing.
    compare(read(value), read(text));

const readNumber = (text: string): number =>
  /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
const date = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** ISO 8601, or seconds since 1970. Without a zone the time is UTC. */
function readDate(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const [, time, , , zone] = date.exec(text) ?? [];
  return date.test(text) ? Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text) : Number.NaN;
}

const comparisons: readonly (readonly [name: string, compare: Compare, isNegated: boolean])[] = [
  ['Equals', (a, b) => a === b, false],
  ['NotEquals', (a, b) => a === b, true],
  ['LessThan', (a, b) => a < b, false],
  ['LessThanEquals', (a, b) => a <= b, false],
  ['GreaterThan', (a, b) => a > b, false],
  ['GreaterThanEquals', (a, b) => a >= b, false],
];

const operators: ReadonlyMap<string, { readonly test: Test | 'Null'; readonly isNegated: boolean }> = new Map([
  ['StringEquals', { test: equalText, isNegated: false }],
  ['StringNotEquals', { test: equalText, isNegated: true }],
  ['StringEqualsIgnoreCase', { test: equalIgnoringCase, isNegated: false }],
  ['StringNotEqualsIgnoreCase', { test: equalIgnoringCase, isNegated: true }],
  ['StringLike', { test: likeText, isNegated: false }],
  ['StringNotLike', { test: likeText, isNegated: true }],
  ['ArnEquals', { test: likeArn, isNegated: false }],
  ['ArnNotEquals', { test: likeArn, isNegated: true }],
  ['ArnLike', { test: likeArn, isNegated: false }],
  ['ArnNotLike', { test: likeArn, isNegated: true }],
  ['Bool', { test: (value, { text }) => value.toLowerCase() === text.toLowerCase(), isNegated: false }],
  ['BinaryEquals', { test: (value, { text }) => value === text, isNegated: false }],
  ['IpAddress', { test: (value, { text }) => isInRange(value, text), isNegated: false }],
  ['NotIpAddress', { test: (value, { text }) => isInRange(value, text), isNegated: true }],
  ['Null', { test: 'Null', isNegated: false }],
  ...comparisons.flatMap(([name, compare, isNegated]) => [
    [`Numeric${name}`, { test: compared(readNumber, compare), isNegated }] as const,
    [`Date${name}`, { test: compared(readDate, compare), isNegated }] as const,
  ]),
]);

/**
 * Reads one operator, one key and its values; undefined where there is no such operator.
 * @param hasVariables whether `${...}` in a value is a policy variable
 */
export function parseCondition(
  operatorName: string,
  key: string,
  texts: readonly string[],
  hasVariables: boolean,
): Condition | undefined {
  const [, quantifier, name, suffix] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operatorName) ?? [];
  const operator = operators.get(name ?? '');
  if (operator === undefined) return undefined;
  if (operator.test === 'Null' && (quantifier !== undefined || suffix !== undefined)) return undefined;
  return {
    ...operator,
    isIfExists: suffix !== undefined,
    quantifier: quantifier as Quantifier,
    key: key.toLowerCase(),
    wanted: texts.map((text) => ({
      text,
      pattern: parsePattern(text, hasVariables),
      lowered: parsePattern(text.toLowerCase(), hasVariables),
    })),
  };
}

/**
 * True where the condition holds. A key of several values without ForAllValues or ForAnyValue is a question that AWS leaves
 * open; here it is answered on the safe side: an Allow wants all of them to pass, a Deny one.
 */
export function holds(condition: Condition, values: Values, effect: 'Allow' | 'Deny'): boolean {
  const { test, isNegated, isIfExists, quantifier, key, wanted } = condition;
  const found = values.get(key) ?? [];
  if (test === 'Null') return wanted.some(({ text }) => text.toLowerCase() === String(found.length === 0));
  if (found.length === 0) {
    return isIfExists || quantifier === 'ForAllValues' || (quantifier === undefined && isNegated);
  }
  const passes = (value: string) => wanted.some((each) => test(value, each, values)) !== isNegated;
  const needsAll = quantifier === 'ForAllValues' || (quantifier === undefined && effect === 'Allow');
  return needsAll ? found.every(passes) : found.some(passes);
}

const lowerCase = (values: Values): Values =>
  new Map([...values].map(([key, texts]) => [key, texts.map((text) => text.toLowerCase())]));
