// Material under a root that is being exchanged for another: what is written is wrapped under the new one, and what is read may lie
// under either. So processes with the old root and with the new one work side by side, and rows are wrapped anew one by one.
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import type { Custody, Kept, KeptAs } from './custody.ts';
import { wrappedCustody } from './wrapped-custody.ts';

export interface RotatingCustody extends Custody {
  /**
   * What a row holds, wrapped under the new root; undefined where it lies under it already, or is a CryptoKey.
   * @throws KeyUndecryptable where it lies under none of the roots
   */
  rewrap(label: string, kept: Kept): Promise<Kept | undefined>;
}

export const isRotating = (custody: Custody): custody is RotatingCustody => 'rewrap' in custody;

/**
 * @param root under which all that is written is wrapped
 * @param others under which material may still lie, or lie already
 */
export function rotatingCustody(root: CryptoKey, others: readonly CryptoKey[]): RotatingCustody {
  const current = wrappedCustody(root);
  const all = [current, ...others.map(wrappedCustody)];

  /** The first custody that can do it; the error of the current one where none can. */
  async function first<T>(attempt: (custody: Custody) => Promise<T>): Promise<T> {
    let failed: unknown;
    for (const custody of all) {
      try {
        return await attempt(custody);
      } catch (error) {
        if (!(error instanceof KeyUndecryptable)) throw error;
        failed ??= error;
      }
    }
    throw failed;
  }

  async function rewrapAs(as: KeptAs, label: string, kept: Kept): Promise<Kept | undefined> {
    let isCurrent = true;
    let bytes: Bytes | undefined;
    try {
      bytes = await first((custody) => {
        isCurrent = custody === current;
        return custody.release(label, kept, as);
      });
      if (isCurrent || bytes === undefined) return undefined;
      if (as === 'secret') return await current.seal(label, bytes);
      return (await current.keep(label, bytes)).kept;
    } finally {
      bytes?.fill(0);
    }
  }

  return {
    ...current,
    recover: (label, kept) => first((custody) => custody.recover(label, kept)),
    open: (label, kept) => first((custody) => custody.open(label, kept)),
    release: (label, kept, as) => first((custody) => custody.release(label, kept, as)),
    async rewrap(label, kept) {
      try {
        return await rewrapAs('material', label, kept);
      } catch (error) {
        // Material and secrets are wrapped under labels of their own.
        if (!(error instanceof KeyUndecryptable)) throw error;
        return rewrapAs('secret', label, kept);
      }
    },
  };
}

/** The custody under a root that the caller gives, and others while it is exchanged. */
export const custodyUnder = (root: CryptoKey, others: readonly CryptoKey[]): Custody =>
  others.length > 0 ? rotatingCustody(root, others) : wrappedCustody(root);
