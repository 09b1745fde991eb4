// Base64 as AWS JSON and S3 metadata carry bytes: the standard alphabet, padded, without white space (RFC 4648, section 4).
import type { Bytes } from '../model/shape.ts';

const form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  // In parts: a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 8192)
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(text);
}

/** The bytes of a text, or undefined where the text is not the one base64 text of any bytes. */
export function fromBase64(text: string): Bytes | undefined {
  if (!form.test(text)) return undefined;
  const units = atob(text);
  const bytes = new Uint8Array(units.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = units.charCodeAt(i);
  // Bits behind the last byte must be zero, or two texts would mean the same bytes (RFC 4648, section 3.5).
  const last = bytes.length % 3;
  return last === 0 || toBase64(bytes.subarray(bytes.length - last)) === text.slice(-4) ? bytes : undefined;
}
