// What a Dexie database has against what its app declares. Whatever the database's own indexes read lies in clear, and Dexie opens a
// database that has more of them without a word: whoever can write to the disk could have a secret member written in clear.
import type { DBCoreIndex, DBCoreTableSchema, Dexie, IndexSpec, TableSchema } from 'dexie';
import { StoreCorrupt } from '../model/errors/index.ts';

/** Versions of before, whose indexes are there until an upgrade is over. Not in Dexie's types. */
interface WithVersions {
  readonly _versions?: readonly { readonly _cfg?: { readonly dbschema?: Readonly<Record<string, TableSchema>> } }[];
}

/**
 * @param isUpgrade whether the indexes of all declared versions may be there
 * @throws StoreCorrupt where the table has an index, or a primary key, that is not declared
 */
export function checkDeclared(database: Dexie, schema: DBCoreTableSchema, isUpgrade: boolean): void {
  const current = database.tables.find(({ name }) => name === schema.name)?.schema;
  const before = isUpgrade ? ((database as unknown as WithVersions)._versions ?? []) : [];
  const declared = [current, ...before.map((version) => version._cfg?.dbschema?.[schema.name])].filter(
    (each) => each !== undefined,
  );
  const isOneOf = (found: DBCoreIndex, specs: readonly IndexSpec[]): boolean =>
    specs.some((spec) => describe(spec.keyPath, spec.multi) === describe(found.keyPath, found.multiEntry));
  if (
    !isOneOf(
      schema.primaryKey,
      declared.map(({ primKey }) => primKey),
    )
  )
    throw new StoreCorrupt(`The table ${schema.name} has another primary key than version().stores() declares.`);
  const foreign = schema.indexes.find(
    (index) =>
      !isOneOf(
        index,
        declared.flatMap(({ indexes }) => indexes),
      ),
  );
  if (foreign !== undefined)
    throw new StoreCorrupt(
      `The table ${schema.name} has an index ${foreign.name} that version().stores() does not declare, and would put what it reads in clear. Where it was taken out, raise the version.`,
    );
}

const describe = (keyPath: string | readonly string[] | null | undefined, isMulti: boolean | undefined): string =>
  JSON.stringify([keyPath ?? '', isMulti === true]);
