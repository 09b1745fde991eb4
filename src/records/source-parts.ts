// What an object store or an index of records is made of.
import type { Rows } from './rows.ts';
import type { IndexPlan, StorePlan } from './schema.ts';
import type { Scope } from './scope.ts';

/** @internal */
export interface SourceParts {
  readonly scope: Scope;
  readonly rows: Rows;
  readonly plan: StorePlan;
  readonly index: IndexPlan | undefined;
  readonly raw: IDBObjectStore | IDBIndex;
}
