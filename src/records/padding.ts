// How long a value is made, so that its record does not tell its length.
import type { Padding } from './schema.ts';

/**
 * The length in bytes to pad to.
 * @param length of the encoded value; at least one byte of padding is added
 * Padmé is from Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs" (PETS 2019): the
 * length keeps log2(log2(length)) + 1 significant bits, which costs at most 12 %.
 */
export function paddedLength(length: number, padding: Padding): number {
  const least = length + 1;
  if (padding === 'none') return length;
  if (padding !== 'padme') return Math.ceil(least / padding) * padding;
  const exponent = Math.floor(Math.log2(least));
  const kept = Math.floor(Math.log2(Math.max(1, exponent))) + 1;
  const unit = 2 ** Math.max(0, exponent - kept);
  return Math.ceil(least / unit) * unit;
}
