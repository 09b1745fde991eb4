// Serves test/pages, with the library's sources, for end-to-end tests.
import { createServer, type ViteDevServer } from 'vite';

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
    optimizeDeps: { include: ['@aws-sdk/client-kms', 'idb'] },
    // Hot reload would reload pages under the tests; any name may be asked for, so that an insecure origin can be tried.
    server: { host: true, port: 0, hmr: false, allowedHosts: true, cors: true, fs: { allow: ['../..'] } },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (typeof address !== 'object' || address === null) throw new Error('The page server has no port.');
  return { origin: `http://localhost:${address.port}`, port: address.port, close: () => server.close() };
}
