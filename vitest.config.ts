// One Vitest project a runtime. Shared tests (`*.test.ts`) run in every project; `*.browser.test.ts` in browsers,
// `*.node.test.ts` in Node 24, `*.e2e.test.ts` drive whole browsers from Node. Node 20, Deno and Bun run the same
// shared tests against the built library: see test/runtimes/portable.
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumLaunch, firefoxLaunch } from './test/runtimes/browsers.ts';
import { webkitgtk } from './test/runtimes/webkitgtk.ts';

const special = ['test/**/*.browser.test.ts', 'test/**/*.node.test.ts', 'test/**/*.e2e.test.ts', 'test/**/*.types.test.ts'];
const shared = { include: ['test/**/*.test.ts'], exclude: special, testTimeout: 30_000 };
const inBrowser = { ...shared, exclude: special.slice(1) };
const browser = { enabled: true, headless: true, screenshotFailures: false };
const server = { fs: { allow: ['.', '../shared/vectors'] } };
const optimizeDeps = { include: ['idb', 'chai', 'fast-check', 'vitest > expect-type'] };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'node', ...shared, exclude: ['test/**/*.browser.test.ts', 'test/**/*.e2e.test.ts'] } },
      {
        server,
        optimizeDeps,
        test: {
          name: 'chromium',
          ...inBrowser,
          browser: { ...browser, instances: [{ browser: 'chromium', provider: playwright({ launchOptions: chromiumLaunch }) }] },
        },
      },
      {
        server,
        optimizeDeps,
        test: {
          name: 'firefox',
          ...inBrowser,
          browser: { ...browser, instances: [{ browser: 'firefox', provider: playwright({ launchOptions: firefoxLaunch }) }] },
        },
      },
      {
        server,
        optimizeDeps,
        test: {
          name: 'webkit',
          ...inBrowser,
          browser: { ...browser, provider: webkitgtk(), instances: [{ browser: 'webkit' }] },
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './test/runtimes/workerd/wrangler.jsonc' } })],
        test: { name: 'workerd', ...shared },
      },
      {
        test: { name: 'e2e', include: ['test/**/*.e2e.test.ts'], testTimeout: 300_000, hookTimeout: 120_000, fileParallelism: false },
      },
    ],
  },
});
