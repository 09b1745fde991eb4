// Reading what callers give: each option once, as an own property, copied before the first wait.
import { own } from '../cipher/arguments.ts';
import { type EncryptionContext, isWellFormed } from '../formats/encryption-context.ts';
import { kmsProviderId } from '../formats/esdk/data-keys.ts';
import { mostDataKeys } from '../formats/esdk/header.ts';
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import { refuseUnknown } from '../model/options.ts';
import { textMap } from '../model/shape.ts';
import type { Keyring } from './keyring.ts';

/** Options whose members nobody has looked at yet. */
export type Unread<T, K extends keyof T> = { readonly [name in K]: T[name] | undefined };

/** The client of AWS for Node writes this into the options that it is given, which may serve both. */
const ofAws = 'plaintextLength';

/**
 * Reads the members, which are all that there may be.
 * @throws SerializationException where `options` is no object; ValidationException where it has a member that is not named here
 */
export function ownOptions<T extends object, const K extends keyof T>(
  options: T | undefined,
  names: readonly (K & string)[],
  place = 'options',
): Unread<T, K> {
  if (options !== undefined && (typeof options !== 'object' || options === null))
    throw new SerializationException(`${place} must be an object.`);
  refuseUnknown(options ?? {}, [...names, ofAws], place);
  return Object.fromEntries(names.map((name) => [name, own(options, name)])) as Unread<T, K>;
}

/** A list of strings; empty where nothing is given. */
export function texts(name: string, given: unknown): readonly string[] {
  const list: readonly unknown[] = given === undefined ? [] : Array.isArray(given) ? Array.from(given) : [undefined];
  if (!list.every((each) => typeof each === 'string'))
    throw new SerializationException(`${name} must be an array of strings.`);
  return list as readonly string[];
}

export function keyNamespace(given: unknown): string {
  const namespace = shortText('keyNamespace', given);
  if (namespace === kmsProviderId) throw new ValidationException(`keyNamespace must not be ${kmsProviderId}.`);
  return namespace;
}

export const keyName = (given: unknown): string => shortText('keyName', given);

function shortText(name: string, given: unknown): string {
  if (typeof given !== 'string') throw new SerializationException(`${name} must be a string.`);
  // Three bytes of UTF-8 for each unit at most; a name has to fit 16 bits with 20 bytes of parameters.
  if (given === '' || given.length > 20_000) throw new ValidationException(`${name} must have 1 to 20000 characters.`);
  // A lone surrogate has no bytes of its own: what is written would be another name, and that of other keys too.
  if (!isWellFormed(given))
    throw new ValidationException(`${name} must be well-formed Unicode: it holds a lone surrogate.`);
  return given;
}

/** A whole number of 1 to `most`, or `preset` where nothing is given. */
export function count(name: string, given: unknown, most: number, preset: number): number {
  if (given === undefined) return preset;
  if (typeof given !== 'number' || !Number.isInteger(given))
    throw new SerializationException(`${name} must be a whole number.`);
  if (given < 1 || given > most) throw new ValidationException(`${name} must be 1 to ${most}.`);
  return given;
}

export const maxEncryptedDataKeys = (given: unknown): number =>
  count('maxEncryptedDataKeys', given, mostDataKeys, mostDataKeys);

/** Keys of the encryption context that belong to the format. */
export const reservedPrefix = 'aws-crypto-';

/** The pairs of a context. @throws SerializationException */
export const contextPairs = (given: unknown): EncryptionContext =>
  given === undefined ? [] : textMap(given, { member: 'encryptionContext', argument: 'encryptionContext' }, []);

export function abortSignal(given: AbortSignal | undefined): AbortSignal | undefined {
  if (given !== undefined && typeof given?.addEventListener !== 'function')
    throw new SerializationException('signal must be an AbortSignal.');
  return given;
}

/** @throws SerializationException */
export function requireKeyring(keyring: Keyring): void {
  const isKeyring = typeof keyring?.generateDataKey === 'function' && typeof keyring.unwrapDataKeys === 'function';
  if (!isKeyring) throw new SerializationException('keyring must be a keyring, such as kmsKeyring(...) gives.');
}
