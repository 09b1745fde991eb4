// PEM (RFC 7468): one block of base64 between two lines that say what it is.
import { type Bytes, fromBase64 } from './bytes.ts';

/** @returns the label and the bytes of the first block, or undefined where there is none */
export function decodePem(text: string): { readonly label: string; readonly bytes: Bytes } | undefined {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(text);
  if (block === null) return undefined;
  try {
    return { label: block[1] as string, bytes: fromBase64((block[2] as string).replaceAll(/\s/g, '')) };
  } catch {
    return undefined;
  }
}
