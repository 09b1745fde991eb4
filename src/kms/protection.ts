// What protects the keys of a service: the mode of its keyring, whether it is locked, and the keys that no root wraps.
import type { Access } from '../keyring/access.ts';
import { modeWhileLocked } from '../keyring/root/locked-mode.ts';
import { type Mode, modeOf } from '../keyring/root/mode.ts';
import { type UnwrappedKey, unwrappedKeys } from '../keyring/root/unwrapped.ts';
import { keyArn } from '../model/arn.ts';

export interface Protection {
  /** `device`, `recoverable` or `locked`: see `openKms`. */
  mode: Mode;
  isLocked: boolean;
  /** Where the root is: there is none, the caller gives it as `root`, or it lies in slots. */
  root: 'none' | 'given' | 'slots';
  /** Keys with material that only this device has: no backup holds it. Undefined while the keyring is locked. */
  unwrapped: readonly UnwrappedKeyReport[] | undefined;
}

export interface UnwrappedKeyReport {
  KeyId: string;
  Arn: string;
  /** Ids of the material. Rotation gives a symmetric key new material that is wrapped. */
  KeyMaterialIds: readonly string[];
}

export async function protection(access: Access): Promise<Protection> {
  if (access.isLocked)
    return { mode: await modeWhileLocked(access.store), isLocked: true, root: 'slots', unwrapped: undefined };
  const keyring = access.root();
  const record = await keyring.change((draft) => draft.keyring());
  const root = record.slots !== undefined ? 'slots' : record.custody === 'wrapped' ? 'given' : 'none';
  return { mode: modeOf(record), isLocked: false, root, unwrapped: (await unwrappedKeys(keyring)).map(reportOf) };
}

export const reportOf = ({ scope, keyId, materials }: UnwrappedKey): UnwrappedKeyReport => ({
  KeyId: keyId,
  Arn: keyArn(scope, keyId),
  KeyMaterialIds: materials,
});
