// Reading a request: each member is read once, through own properties, copied, and held against the limits of the service
// model, all before the first await. All violations are reported together, in the words of AWS.
import type { Range, TextRange } from './constraints/everyday.ts';
import { SerializationException, ValidationException } from './errors/index.ts';

/** Bytes with a buffer of their own that nobody else can resize, detach or share. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Where a value stands in the request: `member` in AWS's spelling for texts, `argument` in the caller's. */
export interface Place {
  readonly member: string;
  readonly argument: string;
}

/** Reads one value: returns a copy, or adds to `violations`, or throws where the type is wrong. */
export type Shape<T> = (value: unknown, place: Place, violations: string[]) => T;

type Members = Readonly<Record<string, Shape<unknown>>>;
/** What a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never;
/** A request after reading: required members are there, optional ones may be undefined. */
export type Checked<R extends Members, O extends Members> = { readonly [K in keyof R]: Read<R[K]> } & {
  readonly [K in keyof O]: Read<O[K]> | undefined;
};

/** Reads one member of an object through an own property; null counts as absent, as it does in the AWS SDK. */
function ownMember(input: object, name: string): unknown {
  const value = Object.hasOwn(input, name) ? (input as Record<string, unknown>)[name] : undefined;
  return value === null ? undefined : value;
}

/** Members that the service model marks as sensitive: violations never show what they hold, not even that it is null. */
const sensitive: readonly string[] = ['Plaintext', 'Message'];

const lowerCamel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** An object with named members, such as a request or a tag. */
export function structure<R extends Members, O extends Members>(required: R, optional: O): Shape<Checked<R, O>> {
  // Known once for all requests: this runs at every call.
  const listed = [required, optional].flatMap((members: Members) =>
    Object.keys(members).map((name) => ({
      name,
      shape: members[name] as Shape<unknown>,
      isRequired: members === required,
      at: { member: lowerCamel(name), argument: name },
    })),
  );
  return (value, place, violations) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(place, 'an object');
    const result: Record<string, unknown> = Object.create(null);
    for (const { name, shape, isRequired, at } of listed) {
      const given = ownMember(value, name);
      if (given !== undefined) result[name] = shape(given, within(place, at), violations);
      else if (isRequired) {
        const { member } = within(place, at);
        const subject = sensitive.includes(name) ? 'Value' : 'Value null';
        violations.push(violation(`${subject} at '${member}'`, 'Member must not be null'));
      }
    }
    return result as Checked<R, O>;
  };
}

/** The place of a member of what stands in another place. */
function within(outer: Place, inner: Place): Place {
  if (outer.member === '') return inner;
  return { member: `${outer.member}.${inner.member}`, argument: `${outer.argument}.${inner.argument}` };
}

/**
 * Reads a whole request.
 * @throws SerializationException where a member has the wrong type
 * @throws ValidationException with every violated constraint
 */
export function readRequest<T>(shape: Shape<T>, input: unknown): T {
  const violations: string[] = [];
  const request = shape(input, { member: '', argument: '' }, violations);
  if (violations.length > 0) {
    const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`;
    throw new ValidationException(`${count}: ${violations.join('; ')}`);
  }
  return request;
}

/** Text of `min` to `max` UTF-16 units, optionally of a pattern. */
export function text(limits: TextRange): Shape<string> {
  const pattern = limits.pattern === undefined ? undefined : new RegExp(`^(?:${limits.pattern})$`);
  return (value, place, violations) => {
    if (typeof value !== 'string') throw wrongType(place, 'a string');
    const fail = (constraint: string) =>
      violations.push(violation(`Value '${shorten(value)}' at '${place.member}'`, constraint));
    if (value.length > limits.max) fail(`Member must have length less than or equal to ${limits.max}`);
    if (value.length < limits.min) fail(`Member must have length greater than or equal to ${limits.min}`);
    if (pattern?.test(value) === false) fail(`Member must satisfy regular expression pattern: ${limits.pattern}`);
    return value;
  };
}

/** One of a closed list of names. */
export function oneOf<const T extends string>(names: readonly T[]): Shape<T> {
  return (value, place, violations) => {
    if (typeof value !== 'string') throw wrongType(place, 'a string');
    if (!(names as readonly string[]).includes(value)) {
      violations.push(
        violation(
          `Value '${shorten(value)}' at '${place.member}'`,
          `Member must satisfy enum value set: [${names.join(', ')}]`,
        ),
      );
    }
    return value as T;
  };
}

/** A whole number of `min` to `max`. */
export function whole({ min, max }: Range): Shape<number> {
  return (value, place, violations) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(place, 'a whole number');
    if (value > max)
      violations.push(
        violation(`Value '${value}' at '${place.member}'`, `Member must have value less than or equal to ${max}`),
      );
    if (value < min)
      violations.push(
        violation(`Value '${value}' at '${place.member}'`, `Member must have value greater than or equal to ${min}`),
      );
    return value;
  };
}

export const flag: Shape<boolean> = (value, place) => {
  if (typeof value !== 'boolean') throw wrongType(place, 'true or false');
  return value;
};

/** A Date of any realm, as milliseconds since 1970. */
export const date: Shape<number> = (value, place) => {
  const time = Object.prototype.toString.call(value) === '[object Date]' ? Number(value) : Number.NaN;
  if (Number.isNaN(time)) throw wrongType(place, 'a valid Date');
  return time;
};

/** Bytes, copied at once: the caller may change its buffer right after the call. */
export function blob({ min, max }: Range): Shape<Bytes> {
  return (value, place, violations) => {
    if (!isBytes(value)) throw wrongType(place, 'a Uint8Array (encode text with TextEncoder first)');
    const length = value.byteLength;
    const fail = (constraint: string) => violations.push(violation(`Value at '${place.member}'`, constraint));
    if (length > max) fail(`Member must have length less than or equal to ${max}`);
    if (length < min) fail(`Member must have length greater than or equal to ${min}`);
    return length > max || length < min ? new Uint8Array(0) : new Uint8Array(value);
  };
}

export function list<T>(element: Shape<T>, { min, max }: Range): Shape<readonly T[]> {
  return (value, place, violations) => {
    if (!Array.isArray(value)) throw wrongType(place, 'an array');
    const length = value.length;
    const name = `Value '[${textOf(value)}]' at '${place.member}'`;
    if (length > max) violations.push(violation(name, `Member must have length less than or equal to ${max}`));
    if (length < min) violations.push(violation(name, `Member must have length greater than or equal to ${min}`));
    if (length > max) return [];
    return Array.from({ length }, (_, index) => {
      const at = { member: `${place.member}.${index + 1}.member`, argument: `${place.argument}[${index}]` };
      return element(ownMember(value, String(index)), at, violations);
    });
  };
}

/** A map of text to text, as pairs in the order of the caller: no key can hide in a prototype. */
export const textMap: Shape<readonly (readonly [string, string])[]> = (value, place) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrongType(place, 'an object of strings');
  return Object.keys(value).map((key) => {
    const entry = (value as Record<string, unknown>)[key];
    if (typeof entry !== 'string')
      throw wrongType({ member: place.member, argument: `${place.argument}["${shorten(key)}"]` }, 'a string');
    return [key, entry] as const;
  });
};

/** True for a Uint8Array of any realm, Node's Buffer included. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

/** A copy of a caller's bytes. @throws ValidationException where they are none, or their buffer was transferred away */
export function copyBytes(name: string, value: unknown): Bytes {
  if (!isBytes(value)) throw new ValidationException(`${name} must be a Uint8Array.`);
  try {
    return new Uint8Array(value);
  } catch {
    throw new ValidationException(`${name} is detached: its buffer was transferred.`);
  }
}

/** A list as violations show it: texts as they are, all else by its number. */
const textOf = (list: readonly unknown[]): string =>
  list.every((member) => typeof member === 'string') ? shorten(list.join(', ')) : `${list.length} members`;
const violation = (subject: string, constraint: string): string =>
  `${subject} failed to satisfy constraint: ${constraint}`;
/** AWS shows values whole. Only what is longer than any member but a policy is cut. */
const shorten = (value: string): string => (value.length > 16_384 ? `${value.slice(0, 16_384)}...` : value);
const wrongType = (place: Place, wanted: string): SerializationException =>
  new SerializationException(`${place.argument === '' ? 'The request' : place.argument} must be ${wanted}.`);
