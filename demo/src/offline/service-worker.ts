// Keeps the app itself, and nothing else, for use without a network. It answers from what was installed; nothing else is kept. A changed
// build is a changed list, which is a new cache. Pictures, sounds and videos of the vault pass through it on their way to an element.
import type { Precached } from '../../build/offline.ts';
import type { OpenedPath } from './opened.ts';
import { type Client, serveOpened } from './serve-opened.ts';

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  readonly clientId: string;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void>; get(id: string): Promise<Client | undefined> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
}

const scope = globalThis as unknown as Scope;
/** Filled in by the build. */
const list = '__PRECACHE__';
const openedPath: OpenedPath = 'opened/';
const precached = JSON.parse(list) as Precached[];
const addressOf = (url: string): string => new URL(url, scope.registration.scope).href;

async function cacheName(): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(list));
  return `vault-${[...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

scope.addEventListener('install', (event) => {
  const install = async () => {
    const cache = await caches.open(await cacheName());
    // `integrity` makes the browser refuse a file that is not the one that was built.
    const requests = precached.map(
      ({ url, integrity }) => new Request(addressOf(url), { integrity, cache: 'no-cache' }),
    );
    await cache.addAll(requests);
    await scope.skipWaiting();
  };
  event.waitUntil(install());
});

scope.addEventListener('activate', (event) => {
  const activate = async () => {
    const current = await cacheName();
    for (const name of await caches.keys())
      if (name.startsWith('vault-') && name !== current) await caches.delete(name);
    await scope.clients.claim();
  };
  event.waitUntil(activate());
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const address = request.url.replace(/[?#].*$/, '');
  const opened = addressOf(openedPath);
  if (address.startsWith(opened)) {
    const name = address.slice(opened.length);
    return event.respondWith(scope.clients.get(event.clientId).then((client) => serveOpened(client, request, name)));
  }
  if (!precached.some(({ url }) => addressOf(url) === address)) return;
  const answer = async () => {
    const cache = await caches.open(await cacheName());
    return (await cache.match(address)) ?? fetch(request);
  };
  event.respondWith(answer());
});
