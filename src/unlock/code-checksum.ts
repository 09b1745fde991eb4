// The check symbols of a recovery code: a Reed-Solomon code over the field of 32 elements (x^5 + x^2 + 1), four check symbols, so two
// codes differ in five places at least. One wrong symbol, or two that changed places, are put right without a doubt.

const order = 31;
const powers: number[] = [];
const logarithms = new Map<number, number>();
for (let power = 0, value = 1; power < order; power++) {
  powers.push(value);
  logarithms.set(value, power);
  value <<= 1;
  if (value & 0x20) value ^= 0x25;
}

const multiply = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (powers[((logarithms.get(a) ?? 0) + (logarithms.get(b) ?? 0)) % order] ?? 0);

/** Check symbols of a code. */
export const checkLength = 4;

/** The product of (x - a^1) to (x - a^4), without its highest coefficient, highest first. */
const generator = expand([1, 2, 3, 4]).slice(1);

function expand(exponents: readonly number[]): number[] {
  let product = [1];
  for (const exponent of exponents) {
    const shifted = [...product, 0];
    product = shifted.map((each, index) => each ^ multiply(product[index - 1] ?? 0, powers[exponent] ?? 0));
  }
  return product;
}

/** @param data symbols 0 to 31, at most 27 of them @returns data and check symbols */
export function withChecksum(data: readonly number[]): number[] {
  let rest: number[] = new Array(checkLength).fill(0);
  for (const symbol of data) {
    const lead = symbol ^ (rest[0] ?? 0);
    rest = [...rest.slice(1), 0].map((each, index) => each ^ multiply(generator[index] ?? 0, lead));
  }
  return [...data, ...rest];
}

export function hasChecksum(symbols: readonly number[]): boolean {
  const again = withChecksum(symbols.slice(0, -checkLength));
  return again.every((symbol, index) => symbol === symbols[index]);
}

/**
 * The code that was meant, where one slip of the hand explains what was written: a wrong, missing or additional symbol, or two
 * that changed places.
 * @returns undefined where no code, or more than one, is near
 */
export function corrected(symbols: readonly number[], length: number): number[] | undefined {
  const found = new Map<string, number[]>();
  for (const candidate of neighbours(symbols, length))
    if (candidate.length === length && hasChecksum(candidate)) found.set(candidate.join(), candidate);
  return found.size === 1 ? [...found.values()][0] : undefined;
}

function* neighbours(symbols: readonly number[], length: number): Generator<number[]> {
  const replaced = (index: number, count: number, ...by: number[]) => [
    ...symbols.slice(0, index),
    ...by,
    ...symbols.slice(index + count),
  ];
  yield [...symbols];
  for (let index = 0; index <= symbols.length; index++) {
    if (symbols.length === length + 1) yield replaced(index, 1);
    for (let symbol = 0; symbol < 32; symbol++) {
      if (symbols.length === length - 1) yield replaced(index, 0, symbol);
      if (symbols.length === length && index < length) yield replaced(index, 1, symbol);
    }
    const [a, b] = symbols.slice(index, index + 2);
    if (a !== undefined && b !== undefined) yield replaced(index, 2, b, a);
  }
}
