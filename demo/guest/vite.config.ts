// The guest: a page for another origin than the vault's. KEYHAVEN_VAULT names the vault's origin in it.
import { defineConfig } from 'vite';
import { library } from '../build/library.ts';

export default defineConfig(() => {
  const vault = process.env['KEYHAVEN_VAULT'] ?? 'http://localhost:4174';
  return {
    root: import.meta.dirname,
    base: './',
    appType: 'mpa',
    resolve: { alias: library },
    build: {
      outDir: '../dist/guest',
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: false,
      reportCompressedSize: false,
    },
    plugins: [{ name: 'vault-origin', transformIndexHtml: (html) => html.replaceAll('%VAULT%', vault) }],
  };
});
