// Options, read once as own members. A member that nobody reads is refused: it is misspelt, or belongs elsewhere, and what it was
// meant to protect, keep or choose would stay as it is without a word. One that is undefined is one that was left out, as elsewhere.
import { SerializationException, ValidationException } from './errors/index.ts';
import { type Checked, type Shape, structure } from './shape.ts';

/** All members that options may have: the compiler sees that none is missing. */
export type Known<T> = { readonly [K in keyof T]-?: true };

/** Gives an option, if it is the object's own: a polluted `Object.prototype` sets none. */
export type OptionReader<T> = <K extends keyof T>(name: K) => T[K] | undefined;

/** @param place how a caller finds the object @throws ValidationException that names a member which is not known */
export function refuseUnknown(given: object, known: readonly string[], place: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name) && given[name as never] !== undefined);
  if (unknown !== undefined)
    throw new ValidationException(`${place}.${unknown} is not known: its members are ${known.join(', ')}.`);
}

/**
 * Holds options against the members that they may have.
 * @param place `options`, unless they are a part of others
 * @throws SerializationException where they are no object; ValidationException where a member is not known
 */
export function checkOptions<T extends object>(options: T | undefined, known: Known<T>, place = 'options'): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) throw new SerializationException(`${place} must be an object.`);
  refuseUnknown(options, Object.keys(known), place);
}

/** The same, and gives what reads them. */
export function optionsReader<T extends object>(
  options: T | undefined,
  known: Known<T>,
  place = 'options',
): OptionReader<T> {
  checkOptions(options, known, place);
  return (name) => (options !== undefined && Object.hasOwn(options, name) ? options[name] : undefined);
}

type Members = Readonly<Record<string, Shape<unknown>>>;

/** A `structure` of options: it has these members and no others. */
export function exactly<R extends Members, O extends Members>(required: R, optional: O): Shape<Checked<R, O>> {
  const inner = structure(required, optional);
  const known = Object.keys({ ...required, ...optional });
  return (value, place, violations) => {
    if (typeof value === 'object' && value !== null) refuseUnknown(value, known, place.argument || 'options');
    return inner(value, place, violations);
  };
}

/** @throws ValidationException where it is there and no function */
export function checkFunctions(given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && typeof value !== 'function')
      throw new ValidationException(`${name} must be a function.`);
}

/** Longest time that a timer of the platforms can wait: longer ones end at once. */
const longestWait = 2 ** 31 - 1;

/** A time to wait, in milliseconds. @throws ValidationException */
export function milliseconds(name: string, value: unknown, preset: number): number {
  const given = value ?? preset;
  if (typeof given === 'number' && given > 0 && given <= longestWait) return given;
  throw new ValidationException(`${name} must be a positive number of milliseconds, at most ${longestWait}.`);
}

/** A whole number of 0 or more. @throws ValidationException */
export function whole(name: string, value: unknown, preset: number): number {
  const given = value ?? preset;
  if (Number.isSafeInteger(given) && (given as number) >= 0) return given as number;
  throw new ValidationException(`${name} must be a whole number.`);
}

/** @throws ValidationException where it is there and neither true nor false */
export function isOn(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean')
    throw new ValidationException(`${name} must be true or false.`);
  return value === true;
}

/** A service that callers hand in. @throws ValidationException where it is none */
export function checkKms(kms: unknown): void {
  const { scope } = (kms ?? {}) as { scope?: { region?: unknown } };
  if (typeof scope?.region !== 'string')
    throw new ValidationException('kms must be what openKms gives, and not the promise of it.');
}

/** The same, where it may still be opening. @throws ValidationException */
export function checkOpening(kms: unknown): void {
  if (typeof (kms as { then?: unknown } | null | undefined)?.then !== 'function') checkKms(kms);
}

const aService = 'a service, such as openKms gives, and not the promise of it';

/** A service of ours or of AWS, as far as it is needed. @throws ValidationException where a method is missing */
export const checkService = (kms: unknown, ...methods: readonly string[]): void =>
  checkMethods('kms', kms, methods, aService);

/** What another library gives, as far as it is needed. @throws ValidationException where a method is missing */
export function checkMethods(name: string, value: unknown, methods: readonly string[], advice: string): void {
  const given = (value ?? {}) as Record<string, unknown>;
  if (methods.some((method) => typeof given[method] !== 'function'))
    throw new ValidationException(`${name} must be ${advice}.`);
}
