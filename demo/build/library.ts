// The library under its package names, which lead to its sources: for every page of the demo.
import type { Alias } from 'vite';

const source = (path: string): string => new URL(`../../src/${path}`, import.meta.url).pathname;

export const library: Alias[] = [
  { find: /^keyhaven$/, replacement: source('index.ts') },
  { find: '#wasm', replacement: source('cipher/wasm/embedded.ts') },
  { find: /^keyhaven\/(\w+)$/, replacement: `${source('')}$1/index.ts` },
];
