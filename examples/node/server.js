// AWS KMS on Node over PostgreSQL: any number of these processes behind a balancer, one keyring for each account.
import { serve } from '@hono/node-server';
import { openKms } from 'keyhaven';
import { tenants } from 'keyhaven/edge';
import { createHandler } from 'keyhaven/http';
import { postgresStore } from 'keyhaven/store/postgres';
import { rootFromSecret } from 'keyhaven/unlock';
import pg from 'pg';

const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}: see README.md.`);
  return value;
};

const pool = new pg.Pool({ connectionString: required('DATABASE_URL'), connectionTimeoutMillis: 5000, query_timeout: 10_000 });
pool.on('error', () => {}); // an idle connection that the server closed is no failure
const root = await rootFromSecret(required('KEYHAVEN_ROOT_SECRET'));
const find = tenants({
  open: (accountId) => openKms({ store: postgresStore(pool, { name: accountId }), accountId, root }),
  rate: { perSecond: 500, burst: 1000 },
});
const fetch = createHandler(find, { credentials: JSON.parse(required('KEYHAVEN_CREDENTIALS')) });

const server = serve({ fetch, port: Number(process.env.PORT ?? 8080), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`listening on http://127.0.0.1:${port}`),
);
// What was answered is in the trail before the database is let go of.
process.on('SIGTERM', () => server.close(() => find.flush().finally(() => pool.end())));
