// Values that JSON keeps as they are. JSON is the fastest encoding there is in every engine; whatever it would change (dates, maps,
// undefined, -0, an object that occurs twice) is not plain.

/** Deeper values go the slower way, which needs no stack here. */
const deepest = 32;

export const isPlainJson = (value: unknown): boolean => isPlain(value, 0, []);

/** @param seen objects that were met: one that occurs twice must be one object again */
function isPlain(value: unknown, depth: number, seen: object[]): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth === deepest || seen.length > 64 || seen.includes(value)) return false;
  seen.push(value);
  // Also one that a polluted prototype has: JSON.stringify would call it.
  if ('toJSON' in value) return false;
  if (Array.isArray(value)) {
    if (Object.getPrototypeOf(value) !== Array.prototype || isMoreThanItems(value)) return false;
    return value.every((each) => isPlain(each, depth + 1, seen));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype || Object.getOwnPropertySymbols(value).length > 0) return false;
  for (const name of Object.keys(value)) {
    if (name === '__proto__' || !isPlain((value as Record<string, unknown>)[name], depth + 1, seen)) return false;
  }
  return true;
}

/** True where an array has holes, or members with names: the indexes come first among its keys, in order. */
export function isMoreThanItems(value: readonly unknown[]): boolean {
  const names = Object.keys(value);
  return names.length !== value.length || (names.length > 0 && names.at(-1) !== String(value.length - 1));
}
