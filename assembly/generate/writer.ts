// Writes AssemblyScript: statements with fresh local names, and the handful of vector expressions that the rounds are made
// of. Names are fresh on purpose: the text is static single assignment, and the build's passes merge locals afterwards.

export class Writer {
  readonly #lines: string[] = [];
  #names = 0;
  #depth = 0;

  line(text: string): void {
    this.#lines.push('  '.repeat(this.#depth) + text);
  }

  /** Writes `head { ... }` around what `body` writes. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#depth++;
    body();
    this.#depth--;
    this.line('}');
  }

  /** Declares a local that holds `expression` and returns its name. */
  local(hint: string, expression: string): string {
    const name = `${hint}_${this.#names++}`;
    this.line(`let ${name} = ${expression};`);
    return name;
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

export const xor = (left: string, right: string): string => `v128.xor(${left}, ${right})`;
export const and = (left: string, right: string): string => `v128.and(${left}, ${right})`;
export const swizzle = (vector: string, lanes: string): string => `i8x16.swizzle(${vector}, ${lanes})`;
export const load = (pointer: string, offset: number): string => `v128.load(${pointer}, ${offset})`;
export const splat = (byte: number): string => `i8x16.splat(${(byte << 24) >> 24})`;

/** A constant vector. */
export const bytes = (values: readonly number[]): string =>
  `i8x16(${values.map((value) => (value << 24) >> 24).join(', ')})`;
