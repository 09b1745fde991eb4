// Texts of a policy with wildcards (`*`, `?`) and policy variables (`${aws:PrincipalArn}`).
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
// What a variable stands for is taken literally: a `*` in it is no wildcard. Matching takes no regular expressions, so that
// no policy can make it slow.
import type { Values } from './values.ts';

const anyText: unique symbol = Symbol('*');
const anyUnit: unique symbol = Symbol('?');
type Variable = { readonly key: string; readonly otherwise: string | undefined };
type Piece = string | typeof anyText | typeof anyUnit | Variable;

export type Pattern = readonly Piece[];

const variable = /^\$\{([^{}]*)\}/;
const named = /^([^',]+?)(?:\s*,\s*'([^']*)')?$/;

/** @param hasVariables only policies of version 2012-10-17 have variables */
export function parsePattern(text: string, hasVariables: boolean): Pattern {
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; ) {
    const found = hasVariables && text.startsWith('${', at) ? variable.exec(text.slice(at)) : null;
    const inner = found?.[1] === undefined ? undefined : pieceOf(found[1].trim());
    if (found && inner !== undefined) {
      pieces.push(inner);
      at += found[0].length;
    } else {
      const unit = text.charAt(at++);
      pieces.push(unit === '*' ? anyText : unit === '?' ? anyUnit : unit);
    }
  }
  return pieces;
}

function pieceOf(name: string): Piece | undefined {
  // ${*}, ${?} and ${$} are the characters themselves.
  if (name === '*' || name === '?' || name === '$') return name;
  const [, key, otherwise] = named.exec(name) ?? [];
  return key === undefined ? undefined : { key: key.trim().toLowerCase(), otherwise };
}

/** Puts in what the variables stand for; undefined where one of them stands for nothing. */
function fill(pattern: Pattern, values: Values): Exclude<Piece, Variable>[] | undefined {
  const filled: Exclude<Piece, Variable>[] = [];
  for (const piece of pattern) {
    if (typeof piece !== 'object') {
      filled.push(piece);
      continue;
    }
    const found = values.get(piece.key);
    // A key of several values cannot stand in a text.
    const text = found?.length === 1 ? found[0] : piece.otherwise;
    if (text === undefined) return undefined;
    filled.push(text);
  }
  return filled;
}

/** True where the text is the pattern to the letter: wildcards stand for themselves. */
export function isEqualTo(text: string, pattern: Pattern, values: Values): boolean {
  const filled = fill(pattern, values);
  return (
    filled !== undefined &&
    text === filled.map((piece) => (typeof piece === 'symbol' ? piece.description : piece)).join('')
  );
}

/** True where the text fits the pattern. */
export function isLike(text: string, pattern: Pattern, values: Values): boolean {
  const filled = fill(pattern, values);
  if (filled === undefined) return false;
  const units = filled.flatMap<Exclude<Piece, Variable>>((piece) =>
    typeof piece === 'symbol' ? [piece] : piece.split(''),
  );
  let [at, unit] = [0, 0];
  // Where the last `*` stands, and how much of the text it has taken.
  let [star, taken] = [-1, 0];
  while (at < text.length) {
    const wanted = units[unit];
    if (wanted === anyText) {
      star = unit++;
      taken = at;
    } else if (wanted === anyUnit || (wanted !== undefined && wanted === text.charAt(at))) {
      unit++;
      at++;
    } else if (star !== -1) {
      unit = star + 1;
      at = ++taken;
    } else return false;
  }
  while (units[unit] === anyText) unit++;
  return unit === units.length;
}

/** Cuts a pattern at the first `count - 1` colons that stand in it literally. */
export function cutAtColons(pattern: Pattern, count: number): readonly Pattern[] {
  const parts: Piece[][] = [[]];
  for (const piece of pattern) {
    if (piece === ':' && parts.length < count) parts.push([]);
    else parts.at(-1)?.push(piece);
  }
  return parts;
}

/** True for `prefix` and then a `*`. */
export const isOpenAfter = (prefix: string, pattern: Pattern): boolean =>
  pattern.length === prefix.length + 1 &&
  pattern.at(-1) === anyText &&
  pattern.slice(0, -1).every((piece, index) => piece === prefix.charAt(index));
