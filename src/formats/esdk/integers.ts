// Big-endian integers of a message.
import type { Bytes } from '../bytes.ts';

export const uint16 = (value: number): Bytes => Uint8Array.of(value >>> 8, value & 0xff);

export function putUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

export function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  putUint32(bytes, 0, value);
  return bytes;
}

export const readUint32 = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset] as number) * 0x100_0000 +
    ((bytes[offset + 1] as number) << 16) +
    ((bytes[offset + 2] as number) << 8) +
    (bytes[offset + 3] as number)) >>>
  0;
