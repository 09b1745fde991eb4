// Everything back from a backup, opened by one of its slots.
import type { UnlockMethod } from 'keyhaven';
import { unpackInto } from './belongings.ts';
import { whileWriting } from './place.ts';
import { openKeys, openVault } from './vault.ts';

/** @param mode what becomes of what is here @returns how many keys came */
export async function restoreFrom(file: Blob, by: UnlockMethod, mode: 'merge' | 'replace'): Promise<number> {
  const kms = await openKeys('continue');
  const open = await openVault(kms, 'continue');
  const unpacking = unpackInto(open);
  try {
    return await whileWriting(async () => {
      try {
        return (await kms.import({ from: file, by, mode, onRecord: unpacking.take })).added;
      } finally {
        await unpacking.end();
      }
    });
  } finally {
    open.notes.close();
    open.rows.close();
    kms.destroy();
  }
}
