// A page that knows nothing of keyhaven: it uses the AWS SDK as if there were AWS. Its service worker does the rest.
import { KMS } from '@aws-sdk/client-kms';

const api = {
  newClient: () =>
    new KMS({ region: 'us-east-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' }, maxAttempts: 1 }),
};

declare global {
  var sdkPage: typeof api;
}

await navigator.serviceWorker.register('/sdk/worker.js', { type: 'module' });
await navigator.serviceWorker.ready;
if (navigator.serviceWorker.controller === null)
  await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
globalThis.sdkPage = api;
