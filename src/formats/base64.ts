// Base64 as AWS JSON and S3 metadata carry bytes: the standard alphabet, padded, without white space (RFC 4648, section 4). By tables:
// `btoa` wants a text of one unit for each byte first, and making that takes several times as long.
import { type Bytes, utf8 } from './bytes.ts';

const alphabet = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const padding = 61; // =
/** The value of each character; `none` for those that are not in the alphabet. */
const none = 64;
const values = new Uint8Array(256).fill(none);
alphabet.forEach((unit, value) => {
  values[unit] = value;
});
const decoder = new TextDecoder();

export function toBase64(bytes: Uint8Array): string {
  const { length } = bytes;
  const units = new Uint8Array(Math.ceil(length / 3) * 4);
  let at = 0;
  for (let i = 0; i < length; i += 3) {
    // Bytes beyond the end read as zero, and their characters are overwritten below.
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    units[at++] = alphabet[group >>> 18] as number;
    units[at++] = alphabet[(group >>> 12) & 63] as number;
    units[at++] = alphabet[(group >>> 6) & 63] as number;
    units[at++] = alphabet[group & 63] as number;
  }
  const missing = (3 - (length % 3)) % 3;
  units.fill(padding, units.length - missing);
  const text = decoder.decode(units);
  units.fill(0);
  return text;
}

/** The bytes of a text, or undefined where the text is not the one base64 text of any bytes. */
export function fromBase64(text: string): Bytes | undefined {
  const units = utf8(text);
  // What is not ASCII takes more than one byte.
  if (units.length !== text.length || units.length % 4 !== 0) return undefined;
  const missing = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  units.fill(alphabet[0] as number, units.length - missing);
  const bytes = new Uint8Array((units.length / 4) * 3 - missing);
  let seen = 0;
  let last = 0;
  let at = 0;
  for (let i = 0; i < units.length; i += 4) {
    const a = values[units[i] as number] as number;
    const b = values[units[i + 1] as number] as number;
    const c = values[units[i + 2] as number] as number;
    const d = values[units[i + 3] as number] as number;
    seen |= a | b | c | d;
    last = (a << 18) | (b << 12) | (c << 6) | d;
    bytes[at++] = last >>> 16;
    bytes[at++] = last >>> 8;
    bytes[at++] = last;
  }
  units.fill(0);
  // Bits behind the last byte must be zero, or two texts would mean the same bytes (RFC 4648, section 3.5).
  const behind = last & (2 ** (8 * missing) - 1);
  if ((seen & none) === 0 && behind === 0) return bytes;
  bytes.fill(0);
  return undefined;
}
