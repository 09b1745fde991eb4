// Builds the service worker: its source is bundled as `sw.js`, and the list of everything that was built, each file with the
// SHA-256 that the browser checks, takes the place of `precacheList` in it.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Plugin } from 'vite';

/** One file of the app, as the service worker fetches it. */
export interface Precached {
  readonly url: string;
  readonly integrity: string;
}

const fileName = 'sw.js';
const placeholder = '__PRECACHE__';

/** @param worker the worker's source, relative to the root of the app */
export function offline(worker: string): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    configResolved({ root }) {
      worker = resolve(root, worker);
    },
    buildStart() {
      this.emitFile({ type: 'chunk', id: worker, fileName });
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files: Precached[] = [];
        for (const file of Object.values(bundle)) {
          if (file.fileName === fileName || file.fileName.endsWith('.map')) continue;
          const content = file.type === 'chunk' ? file.code : file.source;
          const digest = createHash('sha256').update(content).digest('base64');
          files.push({
            url: file.fileName === 'index.html' ? './' : `./${file.fileName}`,
            integrity: `sha256-${digest}`,
          });
        }
        files.sort((a, b) => (a.url < b.url ? -1 : 1));
        const chunk = bundle[fileName];
        if (chunk?.type !== 'chunk' || !chunk.code.includes(placeholder))
          throw new Error('offline: no service worker to fill in');
        chunk.code = chunk.code.replace(placeholder, JSON.stringify(JSON.stringify(files)).slice(1, -1));
      },
    },
  };
}
