// AWS KMS inside a service worker.
import { type FetchEventLike, kmsFetchListener } from '../../../src/aws-sdk/index.ts';
import { openKms } from '../../../src/index.ts';

const worker = globalThis as unknown as {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(name: string, listener: (event: never) => void): void;
};

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event: { waitUntil(work: Promise<void>): void }) =>
  event.waitUntil(worker.clients.claim()),
);
worker.addEventListener(
  'fetch',
  kmsFetchListener(openKms({ name: 'service-worker' })) as (event: FetchEventLike) => void,
);
