// What the caller declares: stores, their keys and indexes, and which of these are in clear and which are blind.
import type { DBSchema, IndexNames, StoreNames } from 'idb';
import { recordPrefix } from '../formats/record-key.ts';
import { ValidationException } from '../model/errors/index.ts';
import { refuseUnknown } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';
import type { KeyPath } from './key-path.ts';

/** `padme`: lengths are rounded up by at most 12 %. A number: to a multiple of so many bytes. */
export type Padding = 'none' | 'padme' | number;

export interface IndexDefinition {
  /** As in `createIndex` of IndexedDB. */
  keyPath: KeyPath;
  unique?: boolean | undefined;
  multiEntry?: boolean | undefined;
  /** The index holds HMACs of its keys: it answers equality only, and shows which records share a key. Default false: in clear. */
  blind?: boolean | undefined;
}

export interface StoreDefinition<Indexes extends string = string> {
  /** Where the primary key lies in a value. Absent: the key is given beside it. */
  keyPath?: KeyPath | null | undefined;
  autoIncrement?: boolean | undefined;
  /** The primary key is kept as an HMAC: records are found by their whole key only, and lie in no order. Default false. */
  blind?: boolean | undefined;
  indexes?: { readonly [K in Indexes]: IndexDefinition } | undefined;
  /** Hides the lengths of values. Default `none`: a record is as long as its value. */
  padding?: Padding | undefined;
}

export type StoreDefinitions<S extends DBSchema | unknown> = {
  readonly [N in StoreNames<S> & string]: StoreDefinition<IndexNames<S, N> & string>;
};

export interface IndexPlan {
  readonly name: string;
  /** The property of a stored row's `keys` that the database's own index reads. */
  readonly property: string;
  readonly keyPath: KeyPath;
  readonly unique: boolean;
  readonly multiEntry: boolean;
  readonly isBlind: boolean;
}

export interface StorePlan {
  readonly name: string;
  readonly keyPath: KeyPath | undefined;
  readonly autoIncrement: boolean;
  readonly isBlind: boolean;
  readonly padding: Padding;
  /** In the order of the units of their properties. */
  readonly indexes: readonly IndexPlan[];
  readonly version: number;
  /** The part of the additional data that all its records share. */
  readonly prefix: Bytes;
  /** True where the blind key is needed. */
  readonly needsBlindKey: boolean;
}

/** Names that begin so are the library's own. */
export const reserved = 'keyhaven:';

const own = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
const byUnits = (a: IndexPlan, b: IndexPlan): number => (a.property < b.property ? -1 : 1);

/** Key paths of IndexedDB take identifiers only, names of indexes are any text: other units become `_` and four hex digits. */
export const propertyOf = (index: string): string =>
  `k${index.replaceAll(/[^A-Za-z0-9]/g, (unit) => `_${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;

const storeMembers = ['keyPath', 'autoIncrement', 'blind', 'indexes', 'padding'];
const indexMembers = ['keyPath', 'unique', 'multiEntry', 'blind'];

/** A member that is misspelt would leave in clear what was meant to be blind. */
function checkMembers(definition: object, known: readonly string[], where: string): void {
  refuseUnknown(definition, known, where);
}

function flagOf(definition: object, name: string, where: string): boolean {
  const value = own(definition, name);
  if (value !== undefined && typeof value !== 'boolean')
    throw new ValidationException(`${where}.${name} must be true or false.`);
  return value === true;
}

const isName = (part: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(part);
const isPath = (path: string): boolean => path === '' || path.split('.').every(isName);

function pathOf(definition: object, where: string): KeyPath | undefined {
  const value = own(definition, 'keyPath') ?? undefined;
  if (value === undefined) return undefined;
  const paths: unknown[] = Array.isArray(value) ? [...value] : [value];
  if (paths.length === 0 || !paths.every((path) => typeof path === 'string' && isPath(path)))
    throw new ValidationException(`${where}.keyPath must be a key path of IndexedDB, such as 'id' or 'owner.name'.`);
  return Array.isArray(value) ? (paths as string[]) : (value as string);
}

function paddingOf(definition: object, where: string): Padding {
  const value = own(definition, 'padding') ?? 'none';
  if (value === 'none' || value === 'padme') return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 2 ** 20) return value;
  throw new ValidationException(`${where}.padding must be 'none', 'padme', or a whole number of bytes up to 2^20.`);
}

function checkName(name: string, where: string): void {
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(name))
    throw new ValidationException(`${where}: names must be well-formed Unicode.`);
}

function indexPlan(name: string, definition: unknown, where: string): IndexPlan {
  if (typeof definition !== 'object' || definition === null)
    throw new ValidationException(`${where} must be an object with a keyPath.`);
  checkName(name, where);
  checkMembers(definition, indexMembers, where);
  const keyPath = pathOf(definition, where);
  if (keyPath === undefined) throw new ValidationException(`${where}.keyPath is missing.`);
  const multiEntry = flagOf(definition, 'multiEntry', where);
  if (multiEntry && typeof keyPath !== 'string')
    throw new ValidationException(`${where}: a multiEntry index has one key path, not several.`);
  const [unique, isBlind] = [flagOf(definition, 'unique', where), flagOf(definition, 'blind', where)];
  return { name, property: propertyOf(name), keyPath, unique, multiEntry, isBlind };
}

/**
 * Reads one store's definition.
 * @throws ValidationException that names what is wrong in it
 */
export function planStore(name: string, definition: unknown, version: number): StorePlan {
  const where = `stores.${name}`;
  if (name.startsWith(reserved))
    throw new ValidationException(`${where}: names that begin with ${reserved} are taken.`);
  if (typeof definition !== 'object' || definition === null)
    throw new ValidationException(`${where} must be an object, if only {}.`);
  checkName(name, where);
  checkMembers(definition, storeMembers, where);
  const keyPath = pathOf(definition, where);
  const [autoIncrement, isBlind] = [flagOf(definition, 'autoIncrement', where), flagOf(definition, 'blind', where)];
  if (autoIncrement && isBlind)
    throw new ValidationException(`${where}: generated keys are numbers in order; they cannot be blind.`);
  if (autoIncrement && keyPath !== undefined && (typeof keyPath !== 'string' || keyPath === ''))
    throw new ValidationException(`${where}: with autoIncrement there is one key path, which is not empty.`);
  const given = own(definition, 'indexes') ?? {};
  if (typeof given !== 'object') throw new ValidationException(`${where}.indexes must be an object.`);
  const indexes = Object.keys(given as object)
    .map((index) => indexPlan(index, own(given as object, index), `${where}.indexes.${index}`))
    .sort(byUnits);
  return {
    name,
    keyPath,
    autoIncrement,
    isBlind,
    padding: paddingOf(definition, where),
    indexes,
    version,
    prefix: recordPrefix(version, name),
    needsBlindKey: isBlind || indexes.some((index) => index.isBlind),
  };
}

/** A store that is in the database and not declared: what it holds can be read during an upgrade, and removed. */
export const undeclaredStore = (
  name: string,
  autoIncrement: boolean,
  version: number,
  isBlind: boolean = false,
): StorePlan => ({
  name,
  keyPath: undefined,
  autoIncrement,
  isBlind,
  padding: 'none',
  indexes: [],
  version,
  prefix: recordPrefix(version, name),
  needsBlindKey: isBlind,
});

/** Reads all definitions. @throws ValidationException */
export function planStores(stores: unknown, version: number): ReadonlyMap<string, StorePlan> {
  if (typeof stores !== 'object' || stores === null || Array.isArray(stores) || Object.keys(stores).length === 0)
    throw new ValidationException(
      "stores must be an object with a definition for each store, such as { notes: { keyPath: 'id' } }.",
    );
  const names = Object.keys(stores).sort();
  return new Map(names.map((name) => [name, planStore(name, own(stores, name), version)]));
}

/** A text that is the same exactly where the database itself looks the same. */
export const describePlan = ({ keyPath, autoIncrement, isBlind, indexes }: StorePlan): string =>
  JSON.stringify([
    keyPath ?? null,
    autoIncrement,
    isBlind,
    indexes.map((index) => [index.name, index.keyPath, index.unique, index.multiEntry, index.isBlind]),
  ]);

/** The part of it that cannot change while the store holds records. */
export const describePrimaryKey = ({ keyPath, autoIncrement, isBlind }: StorePlan): string =>
  JSON.stringify([keyPath ?? null, autoIncrement, isBlind]);
