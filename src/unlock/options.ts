// Options of the methods, read once as own members.
import { ValidationException } from '../model/errors/index.ts';

/** @throws ValidationException where it is there and no string */
export function ownText<K extends string>(
  options: { [name in K]?: string | undefined } | undefined,
  name: K,
  preset: string,
): string {
  const value: unknown = options !== undefined && Object.hasOwn(options, name) ? options[name] : undefined;
  if (value === undefined) return preset;
  if (typeof value !== 'string') throw new ValidationException(`${name} must be a string.`);
  return value;
}
