// AWS KMS on Deno: keyrings in Deno KV, one for each account, material wrapped under a secret of the environment.
import { openKms } from 'keyhaven';
import { tenants } from 'keyhaven/edge';
import { createHandler } from 'keyhaven/http';
import { denoKvStore } from 'keyhaven/store/deno-kv';
import { rootFromSecret } from 'keyhaven/unlock';

const required = (name: string): string => {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`Set ${name}: see README.md.`);
  return value;
};

const kv = await Deno.openKv(Deno.env.get('KEYHAVEN_KV'));
const root = await rootFromSecret(required('KEYHAVEN_ROOT_SECRET'));
const find = tenants({
  open: (accountId) => openKms({ store: denoKvStore(kv, { name: accountId }), accountId, root }),
  rate: { perSecond: 500, burst: 1000 },
});
const handler = createHandler(find, { credentials: JSON.parse(required('KEYHAVEN_CREDENTIALS')) });

const server = Deno.serve({ port: Number(Deno.env.get('PORT') ?? 8000), hostname: '127.0.0.1' }, handler);
// Calls that are under way are answered, and what was answered is in the trail.
Deno.addSignalListener('SIGTERM', async () => {
  await server.shutdown();
  await find.flush().finally(() => Deno.exit());
});
