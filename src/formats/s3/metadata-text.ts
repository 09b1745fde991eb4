// JSON texts in the user metadata of S3 objects. Metadata are HTTP headers, so what is not ASCII comes back changed: S3 takes the
// bytes of UTF-8 for characters and answers them as encoded words (RFC 2047). We write ASCII only, and read both.

/** Longest text that is looked at, in UTF-16 units: an instruction file with the longest context that a KMS takes has half of it. */
export const mostText = 65_536;

/** Pairs of a JSON object of strings. */
export type Pairs = readonly (readonly [key: string, value: string])[];

/** JSON without a character outside of ASCII, and without what could be taken for the beginning of an encoded word. */
export function encodePairs(pairs: Pairs): string {
  const json = JSON.stringify(Object.fromEntries(pairs));
  return json.replaceAll(/[\u007f-\uffff]/g, escapeUnit).replaceAll('=?', '=\\u003f');
}

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * The pairs of a JSON object of strings, or undefined where the text is anything else.
 * @param numbers keys whose values may also be whole numbers
 */
export function decodePairs(text: string, numbers: readonly string[] = []): Pairs | undefined {
  if (text.length > mostText) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const pairs = Object.entries(value as Record<string, unknown>).map(([key, each]) => {
    return [key, numbers.includes(key) && Number.isSafeInteger(each) ? String(each) : each] as const;
  });
  return pairs.every((pair): pair is readonly [string, string] => typeof pair[1] === 'string') ? pairs : undefined;
}

/** An encoded word, and the white space before a further one, which does not count (RFC 2047, sections 2 and 6.2). */
const encodedWord = /=\?utf-8\?([qb])\?(.*?)\?=(?:[ \t]+(?==\?utf-8\?[qb]\?))?/gi;

/** Takes the encoding of S3 off a metadata value. A text that has none comes back as it is. */
export function decodeMetadataText(text: string): string {
  if (text.length > mostText) return text;
  const words = text.replaceAll(encodedWord, (whole, kind: string, content: string) => {
    const bytes = kind.toLowerCase() === 'b' ? base64Bytes(content) : quotedBytes(content);
    return (bytes && decodeUtf8(bytes)) ?? whole;
  });
  // Each character now stands for a byte of UTF-8, if S3 saw anything but ASCII.
  if (!/[\u0080-\u00ff]/.test(words) || /[\u0100-\uffff]/.test(words)) return words;
  return decodeUtf8(Uint8Array.from(words, (unit) => unit.charCodeAt(0))) ?? words;
}

function quotedBytes(content: string): Uint8Array {
  const units = content
    .replaceAll('_', ' ')
    .replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Uint8Array.from(units, (unit) => unit.charCodeAt(0));
}

function base64Bytes(content: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(content), (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
