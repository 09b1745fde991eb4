// What a call says of itself: condition keys and their values. Names of condition keys compare without case, so two encryption
// context pairs that differ in case alone become two values of one key.

/** Keys in lower case. A key without values is absent. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** What an operation says of one condition key. */
export type Value = string | number | boolean | Date | readonly string[] | undefined;

export class ValuesBuilder {
  readonly values: Map<string, readonly string[]> = new Map();

  /** Adds to the values of a key; undefined adds nothing. */
  add(key: string, value: Value): this {
    if (value === undefined) return this;
    const name = key.toLowerCase();
    this.values.set(name, [...(this.values.get(name) ?? []), ...asTexts(value)]);
    return this;
  }
}

function asTexts(value: Exclude<Value, undefined>): readonly string[] {
  if (value instanceof Date) return [value.toISOString()];
  return typeof value === 'object' ? value : [String(value)];
}
