// The vault app: plain TypeScript against the library's own package names, which lead to its sources.
import { defineConfig } from 'vite';
import { library } from './build/library.ts';
import { offline } from './build/offline.ts';
import { relay } from './build/relay.ts';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // Every address but the page itself is an error, not the page again.
  appType: 'mpa',
  resolve: { alias: library },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no data: addresses and no inline code.
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: { input: ['index.html', 'devices.html'].map((name) => `${import.meta.dirname}/${name}`) },
  },
  // What a policy in the page itself cannot say. Any host of the app should send the same.
  preview: { headers: { 'Content-Security-Policy': "frame-ancestors 'none'", 'X-Content-Type-Options': 'nosniff' } },
  plugins: [offline('src/offline/service-worker.ts'), relay('/relay')],
});
