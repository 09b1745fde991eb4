// Keys that lie in the device as CryptoKeys, each with a copy under the root: in daily use nothing has to be unlocked, and the
// copies are what a backup is made of. The bytes of a new key are in JavaScript until both are made, and are wiped then.
import type { Bytes } from '../model/shape.ts';
import { type Custody, copyOf, deviceCustody, type Kept } from './custody.ts';
import { importMaterial, materialLength } from './material.ts';
import { randomBytes } from './random.ts';
import { wrappedCustody } from './wrapped-custody.ts';

/** @param root opens the root when a key is made, or its bytes are wanted */
export function recoverableCustody(root: () => Promise<CryptoKey>): Custody {
  const wrapped = async (): Promise<Custody> => wrappedCustody(await root());
  const keep = async (label: string, bytes: Bytes) => {
    const material = await importMaterial(bytes);
    const { kept } = await (await wrapped()).keep(label, bytes);
    return { material, kept: { value: new Uint8Array(0), key: material, copy: kept.value } };
  };
  const withCopy = async (label: string, kept: Kept, secret: Bytes): Promise<Kept> => {
    const { value: copy } = await (await wrapped()).seal(label, secret);
    return { ...kept, copy };
  };
  return {
    kind: 'recoverable',
    keep,
    async make(label) {
      const bytes = randomBytes(materialLength);
      try {
        return await keep(label, bytes);
      } finally {
        bytes.fill(0);
      }
    },
    recover: deviceCustody.recover,
    async seal(label, secret) {
      return withCopy(label, await deviceCustody.seal(label, secret), secret);
    },
    open: deviceCustody.open,
    withCopy,
    async release(label, kept, as) {
      const value = copyOf(kept);
      if (value === undefined) return deviceCustody.release(label, kept, as);
      return (await wrapped()).release(label, { value, key: undefined }, as);
    },
  };
}
