// Up to which length the WASM core is faster than WebCrypto, by runtime. The engine never shows in the bytes, so a wrong
// entry costs time and nothing else.
//
// Figures: `npm run bench -- crossover`, medians of one awaited message at a time, result into the caller's buffer, on 2 shared
// cores of an AMD EPYC (x64), 2026-11-24: Chromium 156, Firefox 153, Node 24.21, Deno 2.9, Bun 1.4. An entry is the longest power
// of two at which the core was faster in every run. Not measured: WebKit, which hands work to a thread as Firefox does,
// and workerd, whose clock stands still while code runs, and which calls BoringSSL on the same thread as Chromium does.

export type Runtime = 'chromium' | 'firefox' | 'webkit' | 'node' | 'deno' | 'bun' | 'workerd' | 'unknown';

const crossovers: { readonly [runtime in Runtime]: number } = {
  chromium: 1_024,
  firefox: 16_384,
  webkit: 16_384,
  node: 8_192,
  deno: 32_768,
  bun: 2_048,
  workerd: 1_024,
  unknown: 1_024,
};

const batchCrossovers: { readonly [runtime in Runtime]: number } = {
  chromium: 1_024,
  firefox: 4_096,
  webkit: 4_096,
  node: 4_096,
  deno: 4_096,
  bun: 1_024,
  workerd: 1_024,
  unknown: 1_024,
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
  // Without a word boundary: there is HeadlessChrome.
  if (/Chrom(e|ium)\//.test(agent)) return 'chromium';
  if (/\bAppleWebKit\//.test(agent)) return 'webkit';
  // Node 20 has no navigator.
  return globals.process?.versions?.node === undefined ? 'unknown' : 'node';
}

/** The longest message, in bytes, that is the WASM core's. */
export function crossoverOf(runtime: Runtime): number {
  return crossovers[runtime];
}

/** The longest message, in bytes, that is the WASM core's where many are at hand, and WebCrypto could have all of them in flight. */
export function batchCrossoverOf(runtime: Runtime): number {
  return batchCrossovers[runtime];
}

/** How many threads are worth having; 2 where the platform does not say. */
export function coresOf(globals: { readonly navigator?: { readonly hardwareConcurrency?: number } }): number {
  return globals.navigator?.hardwareConcurrency ?? 2;
}
