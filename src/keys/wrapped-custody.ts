// Key material under a root (AES-256-GCM): for stores that hold bytes only, or where the device alone must not be enough. Loaded
// where there is a root.
import { KeyUndecryptable, ValidationException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { type Custody, deviceCustody, type Kept } from './custody.ts';
import { importMaterial, materialLength, unwrapAsMaterial } from './material.ts';
import { randomBytes } from './random.ts';
import { nonceLength, openBytes, type Parameters, parametersFor, sealBytes, secretParameters } from './sealed-bytes.ts';

/** Bytes of material under the root. */
export const wrappedMaterialLength: number = nonceLength + materialLength + 16;

/** True where a row holds nothing that a root opens: the key was made by the platform, before the keyring had a root. */
const isHeld = ({ value, key }: Kept): boolean => value.length === 0 || key !== undefined;

/**
 * @param root an AES-GCM key of 256 bits with the usages `encrypt` and `decrypt`, best non-extractable; where it has `unwrapKey`
 * too, material is never bytes in JavaScript when it is read. NIST SP 800-38D allows 2^32 random nonces under it: one is used
 * for each key that is made.
 */
export function wrappedCustody(root: CryptoKey): Custody {
  const { algorithm, usages = [] } = root as Partial<CryptoKey>;
  const { name, length } = (algorithm ?? {}) as Partial<AesKeyAlgorithm>;
  if (name !== 'AES-GCM' || length !== 256 || !usages.includes('encrypt') || !usages.includes('decrypt')) {
    throw new ValidationException(
      'root must be an AES-GCM CryptoKey of 256 bits with the usages encrypt and decrypt: rootFromSecret(...) makes one of a secret.',
    );
  }
  const materialParameters = (label: string) => parametersFor('keyhaven/v1/wrapped-material', label);
  const doesNotOpen = (label: string) =>
    new KeyUndecryptable(`The stored key of ${label} does not open under this root secret.`);
  const opened = (label: string, bytes: Bytes | undefined): Bytes => {
    if (bytes === undefined) throw doesNotOpen(label);
    return bytes;
  };
  const keep = async (label: string, bytes: Bytes) => {
    const material = await importMaterial(bytes);
    return { material, kept: { value: await sealBytes(root, materialParameters(label), bytes), key: undefined } };
  };
  return {
    kind: 'wrapped',
    keep,
    async make(label) {
      const bytes = randomBytes(materialLength);
      try {
        return await keep(label, bytes);
      } finally {
        bytes.fill(0);
      }
    },
    async recover(label, kept) {
      if (isHeld(kept)) return deviceCustody.recover(label, kept);
      // Any other length than that of material was not written as material.
      if (kept.value.length !== wrappedMaterialLength) throw doesNotOpen(label);
      const material = await unwrapMaterial(root, materialParameters(label), kept.value);
      if (material === undefined) throw doesNotOpen(label);
      return material;
    },
    async seal(label, secret) {
      return { value: await sealBytes(root, secretParameters(label), secret), key: undefined };
    },
    async open(label, kept) {
      if (isHeld(kept)) return deviceCustody.open(label, kept);
      return opened(label, await openBytes(root, secretParameters(label), kept.value));
    },
    async withCopy(_, kept) {
      return kept;
    },
    async release(label, kept, as) {
      if (isHeld(kept)) return deviceCustody.release(label, kept, as);
      const parameters = as === 'material' ? materialParameters(label) : secretParameters(label);
      return opened(label, await openBytes(root, parameters, kept.value));
    },
  };
}

/** @returns undefined where the bytes do not open */
async function unwrapMaterial(root: CryptoKey, parameters: Parameters, value: Bytes): Promise<CryptoKey | undefined> {
  if (root.usages.includes('unwrapKey'))
    return unwrapAsMaterial(root, parameters(value.slice(0, nonceLength)), value.slice(nonceLength));
  const bytes = await openBytes(root, parameters, value);
  try {
    return bytes && (await importMaterial(bytes));
  } finally {
    bytes?.fill(0);
  }
}
