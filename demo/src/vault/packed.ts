// Rows of the vault as they travel in a backup: what is in clear beside a ciphertext as JSON, then the ciphertext as it is.

type Bytes = Uint8Array<ArrayBuffer>;

const lengthSize = 4;

export function pack(facts: unknown, ...parts: readonly Uint8Array[]): Bytes {
  const json = new TextEncoder().encode(JSON.stringify({ facts, lengths: parts.map(({ length }) => length) }));
  const total = parts.reduce((sum, { length }) => sum + length, lengthSize + json.length);
  const packed = new Uint8Array(total);
  new DataView(packed.buffer).setUint32(0, json.length);
  packed.set(json, lengthSize);
  let offset = lengthSize + json.length;
  for (const part of parts) {
    packed.set(part, offset);
    offset += part.length;
  }
  return packed;
}

export function unpack<T>(packed: Uint8Array): { readonly facts: T; readonly parts: readonly Bytes[] } {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let offset = lengthSize + view.getUint32(0);
  const json = new TextDecoder().decode(packed.subarray(lengthSize, offset));
  const { facts, lengths } = JSON.parse(json) as { facts: T; lengths: readonly number[] };
  const parts = lengths.map((length) => {
    offset += length;
    return new Uint8Array(packed.subarray(offset - length, offset));
  });
  return { facts, parts };
}
