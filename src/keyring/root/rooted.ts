// Opening a keyring that has a root, given by the caller or in slots.
import { type Custody, deviceCustody } from '../../keys/custody.ts';
import { custodyUnder } from '../../keys/rotating-custody.ts';
import { wrappedCustody } from '../../keys/wrapped-custody.ts';
import { KeyLocked, ValidationException } from '../../model/errors/index.ts';
import { type LockChannel, lockChannel } from '../../store/lock-channel.ts';
import type { RowCodec } from '../row-codec.ts';
import type { KeyringOptions, KeyringRecord } from '../tables.ts';
import { modeOf } from './mode.ts';
import { recoverable } from './recoverable.ts';
import { readSlots, requireKnown, type StoredSlot, unlockWith } from './slots.ts';

/** What opens a keyring. */
export interface Rooted {
  readonly held: Custody;
  /** The slot that gave the root. */
  readonly used?: StoredSlot;
}

/**
 * @param isWrapped whether the keyring's own key lies wrapped
 * @param made what the keyring was just written with: it need not be unlocked then
 * @returns undefined where the keyring is locked, and no method was given
 * @throws KeyLocked, ValidationException, UnlockFailed, UnlockUnavailable
 */
export async function holdRoot(
  { root, otherRoots, unlock, store }: KeyringOptions,
  isWrapped: boolean,
  made: Custody | undefined,
): Promise<Rooted | undefined> {
  if (!isWrapped && root !== undefined) {
    throw new ValidationException(
      'root must be left out: the keys of this store lie in it as CryptoKeys and were not wrapped when it was made.',
    );
  }
  if (made !== undefined) return { held: made };
  if (root !== undefined) return { held: custodyUnder(root, otherRoots) };
  if (!isWrapped && unlock === undefined) return { held: deviceCustody };
  const slots = await readSlots(store);
  if (isWrapped && slots.length === 0)
    throw new KeyLocked('The keys of this store are wrapped under a root secret: pass it as `root`.');
  if (unlock === undefined) return undefined;
  if (slots.length === 0)
    throw new ValidationException('unlock must be left out: this keyring has no root, so nothing of it is locked.');
  const { root: opened, used } = await unlockWith(slots, unlock);
  return { held: isWrapped ? wrappedCustody(opened) : deviceCustody, used };
}

/** @throws ValidationException where the keyring is of another mode; StoreCorrupt where a slot was put back from outside */
export async function custodyOf(
  { store, mode }: KeyringOptions,
  { held, used }: Rooted,
  codec: RowCodec,
  record: KeyringRecord,
): Promise<Custody> {
  if (mode !== undefined && mode !== modeOf(record))
    throw new ValidationException(
      `mode must be ${modeOf(record)}, which this keyring is, or left out: kms.upgrade({ to: '${mode}' }) changes it.`,
    );
  if (used) await requireKnown(record.slots ?? [], used);
  return record.custody === 'recoverable' ? recoverable(store, codec) : held;
}

/** @param id of the keyring */
export const listenTo =
  (id: string) =>
  (onLock: () => void): LockChannel | undefined =>
    lockChannel(id, onLock);
