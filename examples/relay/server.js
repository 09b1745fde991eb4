// A relay for devices that pass keys to each other (keyhaven/devices). It keeps mailboxes in memory for ten minutes, and learns nothing of
// what is in them: put it behind TLS and a limit on requests from one address.
import { serve } from '@hono/node-server';
import { relayHandler } from 'keyhaven/devices';

const relay = relayHandler({ mostMailboxes: 10_000, allowOrigin: process.env.RELAY_ORIGIN ?? '*' });
const server = serve({ fetch: relay, port: Number(process.env.PORT ?? 8081), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`listening on http://127.0.0.1:${port}`),
);
process.on('SIGTERM', () => server.close());
