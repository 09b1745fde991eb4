// Whether taking a backup undoes something: keys that were deleted would be back, and slots, or a mode, that were changed since. What is
// here need not be unlocked, so it is taken at its word; whoever can write the store could remove it as well.
import { BackupOutdated } from '../../model/errors/index.ts';
import type { Row } from '../../store/port.ts';
import { requireKnownFormat } from '../format.ts';
import { macLength } from '../row-codec.ts';
import { type KeyringRecord, keyringRef } from '../tables.ts';
import type { WholeStore } from '../whole-store.ts';
import type { OpenBackup } from './read.ts';

/** The keyring that is here, as far as its row says what a keyring's says. */
export type Here = Pick<KeyringRecord, 'id' | 'custody' | 'digest' | 'backup' | 'devices'> & {
  readonly generation: number;
  readonly slots: NonNullable<KeyringRecord['slots']>;
};

/** @returns undefined where there is none, or nothing can be made of its row */
export function hereOf(row: Row | undefined): Here | undefined {
  try {
    const record = JSON.parse(new TextDecoder().decode(row?.value.subarray(macLength)));
    if (typeof record?.id !== 'string') return undefined;
    const { generation, slots } = record;
    return {
      ...record,
      generation: Number.isSafeInteger(generation) ? generation : 0,
      slots: Array.isArray(slots) ? slots : [],
    };
  } catch {
    return undefined;
  }
}

/** Refuses to undo what was done since. @throws BackupOutdated, StoreNewer */
export function requireNewer(whole: WholeStore, backup: OpenBackup): void {
  const { record, createdAt } = backup;
  const here = hereOf(whole.get(keyringRef));
  if (here !== undefined) requireKnownFormat(keyringRef, here);
  const keys = [...whole.table('keys')].length;
  const written = new Date(createdAt).toISOString();
  if (here !== undefined && isBehind(record, here) && !(isSame(record, here) && hasSlotsOf(backup, here)))
    throw new BackupOutdated(
      `The backup of ${written} is of generation ${record.generation}, and the keyring here of ${here.generation}: changes would be undone. Pass allowRollback: true to take it.`,
    );
  if (here?.id !== record.id && keys > 0)
    throw new BackupOutdated(
      `The store holds ${keys} keys of another keyring, which would be removed. Use mode 'merge', or pass allowRollback: true.`,
    );
}

type Counted = Pick<KeyringRecord, 'id' | 'generation' | 'backup'>;

/** True where a backup is of an earlier generation than the keyring here. That it was written is no change worth keeping. */
export function isBehind(backup: Counted, here: Counted): boolean {
  if (here.id !== backup.id) return false;
  const ahead = (here.generation ?? 0) - (backup.generation ?? 0);
  return ahead > (here.backup?.generation === backup.generation ? 1 : 0);
}

type Content = Pick<KeyringRecord, 'custody' | 'digest' | 'devices'>;

/** True where all keys, aliases and grants are those of the backup: it was taken before, or nothing but backups came after it. */
export const isSame = (backup: Content, here: Content): boolean =>
  here.digest !== undefined &&
  here.digest === backup.digest &&
  here.custody === backup.custody &&
  JSON.stringify(here.devices ?? []) === JSON.stringify(backup.devices ?? []);

/** Whether no slot of the keyring here would be gone. The device's own is made anew. */
const hasSlotsOf = ({ record, slots }: OpenBackup, here: Here): boolean =>
  here.slots
    .filter(({ kind }) => kind !== 'device')
    .every(({ id, tag }) => {
      const isInFile = slots.some(({ row }) => row.id === id);
      return isInFile && record.slots?.some((mark) => mark.id === id && mark.tag === tag);
    });
