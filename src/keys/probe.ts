// Is this a place where keys can live? Checked once, when a keyring is opened.
import { InsecureContext } from '../model/errors/index.ts';

/** @throws InsecureContext where the page was loaded in a way that gives it no WebCrypto */
export function requireWebCrypto(): void {
  if (globalThis.crypto?.subtle !== undefined) return;
  const origin = globalThis.location?.origin ?? 'this context';
  throw new InsecureContext(
    `${origin} is not a secure context, so the browser gives it no WebCrypto. Serve the page over https; for development use http://localhost.`,
  );
}
