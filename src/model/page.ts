// Pagination: a marker names the last entry of a page and the listing that it belongs to. Callers must treat it as opaque.
import { InvalidMarkerException } from './errors/index.ts';

export interface PageRequest {
  readonly Limit: number | undefined;
  readonly Marker: string | undefined;
}

/** How long pages of a listing are. A `Limit` above `most` gives pages of `most`. */
export interface PageSizes {
  readonly standard: number;
  readonly most: number;
}

export const pageSize = (request: PageRequest, sizes: PageSizes): number =>
  Math.min(request.Limit ?? sizes.standard, sizes.most);

/** The end of a page in the shape of the API. */
export interface PageEnd {
  Truncated: boolean;
  NextMarker?: string;
}

/**
 * Where a page starts.
 * @param listing the operation and its filter: a marker of one listing is refused by another
 * @returns the id after which the page starts, or undefined for the first page
 * @throws InvalidMarkerException
 */
export function startOf(request: PageRequest, listing: string): string | undefined {
  if (request.Marker === undefined) return undefined;
  const invalid = () => new InvalidMarkerException(`Could not deserialize marker '${request.Marker}'`);
  let parts: unknown;
  try {
    parts = JSON.parse(fromBase64(request.Marker));
  } catch {
    throw invalid();
  }
  if (
    !Array.isArray(parts) ||
    parts.length !== 3 ||
    parts[0] !== 1 ||
    parts[1] !== listing ||
    typeof parts[2] !== 'string'
  )
    throw invalid();
  return parts[2];
}

/**
 * Cuts a page off entries of which one more than a page was read.
 * @param idOf the id by which the listing is ordered
 */
export function cutPage<T>(
  entries: readonly T[],
  size: number,
  listing: string,
  idOf: (entry: T) => string,
): { page: readonly T[]; end: PageEnd } {
  const page = entries.slice(0, size);
  const last = page.at(-1);
  if (entries.length <= size || last === undefined) return { page, end: { Truncated: false } };
  const marker = toBase64(JSON.stringify([1, listing, idOf(last)]));
  return { page, end: { Truncated: true, NextMarker: marker } };
}

const toBase64 = (value: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(value)));
const fromBase64 = (value: string): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    Uint8Array.from(atob(value), (unit) => unit.charCodeAt(0)),
  );
