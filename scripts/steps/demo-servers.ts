// The demo on three origins, built and served: the vault app, the vault page that keeps keys for others, and a page that is its guest.
import { build, type PreviewServer, preview } from 'vite';
import { headersFor } from '../../vault-page/headers.ts';
import type { VaultConfig } from '../../vault-page/src/config.ts';

export interface DemoPorts {
  /** Of the vault app; undefined: it is left out. */
  readonly app: number | undefined;
  readonly vault: number;
  readonly guest: number;
}

export interface DemoFolders {
  readonly app: string;
  readonly vault: string;
  readonly guest: string;
}

const host = 'localhost';
const origin = (port: number): string => `http://${host}:${port}`;

const configOf = (guest: number): VaultConfig => ({
  callers: [{ origin: origin(guest) }],
  // No `allow`: the user is asked.
  keys: [{ alias: 'alias/postcards', description: 'Postcards' }],
  consent: true,
});

/** @param folders where the built files go, relative to this repository or absolute */
export async function serveDemo(ports: DemoPorts, folders: DemoFolders): Promise<{ close(): Promise<void> }> {
  process.env['KEYHAVEN_VAULT'] = origin(ports.vault);
  const config = configOf(ports.guest);
  const servers: PreviewServer[] = [];
  const serve = async (configFile: string, outDir: string, port: number, plugin?: 'vault'): Promise<void> => {
    await build({ configFile, logLevel: 'error', build: { outDir } });
    servers.push(
      await preview({
        configFile,
        logLevel: 'warn',
        build: { outDir },
        preview: { port, strictPort: true, host },
        plugins: plugin === 'vault' ? [vaultHeaders(config)] : [],
      }),
    );
  };
  if (ports.app !== undefined) await serve('demo/vite.config.ts', folders.app, ports.app);
  await serve('vault-page/vite.config.ts', folders.vault, ports.vault, 'vault');
  await serve('demo/guest/vite.config.ts', folders.guest, ports.guest);
  return {
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** What a host of the vault page sends with each file, and its configuration for this demo. */
const vaultHeaders = (config: VaultConfig) => ({
  name: 'vault-page-headers',
  configurePreviewServer({ middlewares }: PreviewServer): void {
    middlewares.use((request, response, next) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      for (const [name, value] of Object.entries(headersFor(pathname, config))) response.setHeader(name, value);
      if (pathname !== '/vault.json') return next();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(config));
    });
  },
});
