// How far a walk of `rewrap` has come, kept in the database so that the next call goes on there. It is sealed: a row that somebody
// else put there, or one out of a backup of long ago, would keep records from being sealed anew.
import { utf8 } from '../formats/bytes.ts';
import type { Bytes } from '../model/shape.ts';
import { answer, ended, type Soon } from './answer.ts';
import type { Connection } from './connection.ts';
import { stateStore } from './own-stores.ts';
import type { RowCipher } from './row-cipher.ts';
import { openedOrNot, Scope } from './scope.ts';
import { decodeValue, encodeValue } from './value-codec.ts';

export interface Walk {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly outdated: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Data keys that there were when it began: what is under one of them is sealed anew. */
  readonly stale: readonly string[];
  readonly total: number;
  store: string | undefined;
  after: IDBValidKey | undefined;
  done: number;
  resealed: number;
  unreadable: number;
}

const aad = utf8('keyhaven/v1/rewrap\0');
const row = 'rewrap';
/** One that began longer ago, in milliseconds, is not gone on with: its row may have been put back. */
const longest = 86_400_000;

/** The walk that was interrupted, where it was the same one and began within the last day. */
export async function interruptedWalk(
  connection: Connection,
  asked: Pick<Walk, 'from' | 'to' | 'outdated'>,
): Promise<Walk | undefined> {
  const state = connection.database.transaction([stateStore], 'readonly').objectStore(stateStore);
  const found = (await answer<{ sealed?: unknown } | null | undefined>(state.get(row)))?.sealed;
  if (!(found instanceof Uint8Array)) return undefined;
  const opened = await (async () => cipherOf(connection, asked).open([found], [aad]))().catch(() => undefined);
  if (opened === undefined) return undefined;
  const walk = decodeValue(opened[0] as Uint8Array) as Walk;
  const age = connection.clock() - walk.startedAt;
  const isSame = walk.from === asked.from && walk.to === asked.to && walk.outdated === asked.outdated;
  return isSame && age >= 0 && age < longest ? walk : undefined;
}

/** Writes down how far a walk is, within a transaction. Where it cannot be sealed the next call begins anew. */
export async function putWalk(connection: Connection, scope: Scope, walk: Walk): Promise<void> {
  const state = scope.transaction.objectStore(stateStore);
  const seal = (): Soon<Uint8Array[]> => cipherOf(connection, walk).seal([aad], [encodeValue(walk) as Bytes]);
  const sealed = await openedOrNot(scope, seal);
  if (sealed === undefined) state.delete(row);
  else state.put({ sealed: sealed[0] }, row);
}

/** @param walk undefined when it is over */
export async function saveWalk(connection: Connection, walk: Walk | undefined): Promise<void> {
  const transaction = connection.database.transaction([stateStore], 'readwrite');
  const end = ended(transaction);
  if (walk === undefined) transaction.objectStore(stateStore).delete(row);
  else await putWalk(connection, new Scope(transaction), walk);
  await end;
}

/** Under the KMS key that is there when the walk is over. */
const cipherOf = (connection: Connection, { to }: Pick<Walk, 'to'>): RowCipher =>
  to === undefined ? connection.rows.cipher : connection.under(to).rows.cipher;
