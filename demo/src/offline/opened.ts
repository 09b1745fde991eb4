// Decrypted files at addresses of this origin: what the page and its service worker say to each other. The service worker holds no key:
// it asks the page that an element belongs to, and hands on what the page decrypts, as fast as the element takes it.

/**
 * Addresses begin so, relative to the scope. What follows is known to the page that made it up. A type, because the service worker is one
 * file: a value would be shared between it and the page, in a third.
 */
export type OpenedPath = 'opened/';

/** From the service worker, with a port for the answer. */
export interface OpenedRequest {
  readonly kind: 'opened';
  readonly name: string;
  readonly range: string | null;
}

/** From the page, over the port: first how the answer begins, then a piece for each `pull`. */
export type OpenedAnswer =
  | { readonly kind: 'begin'; readonly status: number; readonly headers: [string, string][] }
  | { readonly kind: 'piece'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed' };

/** From the service worker, over the port. */
export type OpenedWish = 'pull' | 'cancel';
