// The vault page on its origin, and an app and a stranger on theirs: three real origins, from built files.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build } from 'vite';
import { headersFor } from '../../vault-page/headers.ts';
import type { VaultConfig } from '../../vault-page/src/config.ts';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};
const vaultFolder = 'build/vault-page';
const appFolder = 'build/host-app';

export interface Origins {
  readonly app: number;
  readonly stranger: number;
  readonly vault: number;
  /** The vault page without `frame-ancestors`, so that what refuses a stranger is the host itself. */
  readonly open: number;
  /** The vault page with `locked` in its configuration. */
  readonly locked: number;
  close(): void;
}

function sendFile(response: ServerResponse, folder: string, path: string): void {
  try {
    response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
    response.end(readFileSync(join(folder, path)));
  } catch {
    response.writeHead(404).end();
  }
}

function listen(handle: (request: IncomingMessage, response: ServerResponse, path: string) => void): Promise<Server> {
  const server = createServer((request, response) => {
    handle(request, response, new URL(request.url ?? '/', 'http://localhost').pathname);
  });
  return new Promise((done) => server.listen(0, () => done(server)));
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** @param configure the vault's configuration, from the port of the app */
export async function serveOrigins(configure: (app: number) => VaultConfig): Promise<Origins> {
  await build({
    configFile: 'vault-page/vite.config.ts',
    logLevel: 'error',
    build: { outDir: join('..', vaultFolder) },
  });
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '#wasm': join(process.cwd(), 'src/cipher/wasm/embedded.ts') } },
    build: {
      outDir: appFolder,
      target: 'es2022',
      reportCompressedSize: false,
      rolldownOptions: { input: 'test/host/pages/app.ts', output: { entryFileNames: 'app.js' } },
    },
  });
  const page =
    '<!doctype html><title>app</title><link rel="icon" href="data:,"><script type="module" src="app.js"></script><body>';
  const serveApp = (_: IncomingMessage, response: ServerResponse, path: string): void => {
    if (path !== '/') sendFile(response, appFolder, path);
    else response.setHeader('content-type', 'text/html').end(page);
  };
  const [app, stranger] = [await listen(serveApp), await listen(serveApp)];
  const config = configure(portOf(app));
  const serveVault =
    (isOpen: boolean, config: VaultConfig) => (_: IncomingMessage, response: ServerResponse, path: string) => {
      for (const [name, value] of Object.entries(headersFor(path, config)))
        if (!isOpen || name !== 'Content-Security-Policy') response.setHeader(name, value);
      if (path === '/vault.json') response.setHeader('content-type', 'application/json').end(JSON.stringify(config));
      else sendFile(response, vaultFolder, path === '/' ? '/index.html' : path);
    };
  const vault = await listen(serveVault(false, config));
  const open = await listen(serveVault(true, config));
  const locked = await listen(serveVault(false, { ...config, locked: true }));
  const servers = [app, stranger, vault, open, locked];
  return {
    app: portOf(app),
    stranger: portOf(stranger),
    vault: portOf(vault),
    open: portOf(open),
    locked: portOf(locked),
    close: () => {
      for (const server of servers) server.close().closeAllConnections();
    },
  };
}
