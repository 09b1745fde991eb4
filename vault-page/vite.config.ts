// Builds the vault page into static files: `npx vite build vault-page`. The headers are written from vault.json.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import { headersFile } from './headers.ts';
import type { VaultConfig } from './src/config.ts';

const source = (path: string): string => new URL(`../src/${path}`, import.meta.url).pathname;

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  appType: 'mpa',
  resolve: {
    alias: [
      { find: '#wasm', replacement: source('cipher/wasm/embedded.ts') },
      { find: /^keyhaven$/, replacement: source('index.ts') },
      { find: /^keyhaven\/([\w-]+)$/, replacement: `${source('')}$1/index.ts` },
    ],
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: { input: ['vault-page/index.html', 'vault-page/consent.html', 'vault-page/unlock.html'] },
  },
  plugins: [
    {
      name: 'vault-headers',
      generateBundle() {
        const config = JSON.parse(readFileSync(new URL('public/vault.json', import.meta.url), 'utf8')) as VaultConfig;
        this.emitFile({ type: 'asset', fileName: '_headers', source: headersFile(config) });
      },
    },
  ],
});
