// Serves test/pages, with the library's sources, for end-to-end tests.
import { build, createServer, type Plugin, type Rolldown, type ViteDevServer } from 'vite';

/** The service worker of test/pages/sdk as one file, as it must be: a service worker cannot import anything later. */
const serviceWorker: Plugin = {
  name: 'service-worker',
  configureServer(server) {
    server.middlewares.use('/sdk/worker.js', (_, response, next) => {
      bundleWorker().then((code) => {
        response.setHeader('content-type', 'text/javascript');
        response.end(code);
      }, next);
    });
  },
};

async function bundleWorker(): Promise<string> {
  const { output } = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: 'test/pages/sdk/worker.ts', output: { codeSplitting: false } },
    },
  })) as Rolldown.RolldownOutput;
  return output[0].code;
}

export interface PageServer {
  /** `http://localhost:<port>`. */
  origin: string;
  port: number;
  close(): Promise<void>;
}

export async function servePages(): Promise<PageServer> {
  const server: ViteDevServer = await createServer({
    root: 'test/pages',
    configFile: false,
    logLevel: 'error',
    cacheDir: '../../node_modules/.vite/pages',
    plugins: [serviceWorker],
    optimizeDeps: { include: ['@aws-sdk/client-kms'] },
    // Hot reload would reload pages under the tests; any name may be asked for, so that an insecure origin can be tried.
    server: { host: true, port: 0, hmr: false, allowedHosts: true, cors: true, fs: { allow: ['../..'] } },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (typeof address !== 'object' || address === null) throw new Error('The page server has no port.');
  return { origin: `http://localhost:${address.port}`, port: address.port, close: () => server.close() };
}
