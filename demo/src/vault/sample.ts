// A few stored bytes, to show what the disk sees: the first ones, which name the format, and the last ones.
const [frontLength, backLength] = [4, 20];

/** @param earlier the sample of what came before `bytes`, or nothing */
export function sampleOf(earlier: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(earlier.length + bytes.length);
  joined.set(earlier);
  joined.set(bytes, earlier.length);
  if (joined.length <= frontLength + backLength) return joined;
  const sample = new Uint8Array(frontLength + backLength);
  sample.set(joined.subarray(0, frontLength));
  sample.set(joined.subarray(joined.length - backLength), frontLength);
  return sample;
}

/** As hex, with a gap where bytes were left out. */
export function sampleText(sample: Uint8Array): string {
  const pairs = Array.from(sample, (byte) => byte.toString(16).padStart(2, '0'));
  if (pairs.length < frontLength + backLength) return pairs.join(' ');
  return `${pairs.slice(0, frontLength).join(' ')} … ${pairs.slice(frontLength).join(' ')}`;
}
