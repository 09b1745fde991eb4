// Up to which length the WASM core is faster than WebCrypto, by runtime. The engine never shows in the bytes, so a wrong
// entry costs time and nothing else.
//
// Figures: medians of `npm run bench -- core`, one awaited call at a time, result into the caller's buffer; docs/performance.md
// has machine and date. The cross is where the two curves meet; entries are rounded down to a power of two.

export type Runtime = 'chromium' | 'firefox' | 'webkit' | 'node' | 'deno' | 'bun' | 'workerd' | 'unknown';

const crossovers: { readonly [runtime in Runtime]: number } = {
  chromium: 2_048,
  firefox: 16_384,
  webkit: 16_384,
  node: 16_384,
  deno: 8_192,
  bun: 8_192,
  workerd: 1_024,
  unknown: 2_048,
};

interface Globals {
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/** Which runtime this is, as far as it says. */
export function runtimeOf(globals: Globals): Runtime {
  const agent = globals.navigator?.userAgent ?? '';
  if (agent.startsWith('Cloudflare-Workers')) return 'workerd';
  if (agent.startsWith('Deno/')) return 'deno';
  if (agent.startsWith('Bun/')) return 'bun';
  if (agent.startsWith('Node.js/')) return 'node';
  if (/\bFirefox\//.test(agent)) return 'firefox';
  if (/\bChrom(e|ium)\//.test(agent)) return 'chromium';
  if (/\bAppleWebKit\//.test(agent)) return 'webkit';
  // Node 20 has no navigator.
  return globals.process?.versions?.node === undefined ? 'unknown' : 'node';
}

/** The longest message, in bytes, that is the WASM core's. */
export function crossoverOf(runtime: Runtime): number {
  return crossovers[runtime];
}
