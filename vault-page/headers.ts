// The response headers of the vault page. What a page cannot say of itself is who may embed it: that is here, from vault.json.
import type { VaultConfig } from './src/config.ts';

/** @param path `/`, `/consent.html` */
export function headersFor(path: string, { callers }: VaultConfig): Record<string, string> {
  const ancestors = /^\/(index(\.html)?)?$/.test(path) ? callers.map(({ origin }) => origin).join(' ') : "'none'";
  return {
    'Content-Security-Policy': `frame-ancestors ${ancestors}`,
    // Takes document.domain away, and asks for a process that no other origin of the site shares.
    'Origin-Agent-Cluster': '?1',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
  };
}

/**
 * The `_headers` file that static hosts such as Cloudflare Pages and Netlify read. They serve a page without `.html` as well, or send
 * whoever asks for it with there.
 */
export function headersFile(config: VaultConfig): string {
  return ['/', ...['/index', '/consent', '/unlock'].flatMap((page) => [page, `${page}.html`])]
    .map((path) => {
      const lines = Object.entries(headersFor(path, config)).map(([name, value]) => `  ${name}: ${value}`);
      return [path, ...lines].join('\n');
    })
    .join('\n')
    .concat('\n');
}
