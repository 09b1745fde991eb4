// The template for Node and PostgreSQL, in the oldest Node of this machine and in Bun.
import { binary, freePort, installExample, newSecret, tenantCredentials } from '../support/example.ts';
import { startPostgres } from '../support/postgres.ts';
import { nodes } from '../support/serve-process.ts';
import { describeService } from './service-suite.ts';

for (const [name, command] of [
  ['Node', nodes[0] as string],
  ['Node in Bun', binary('bun')],
] as const)
  describeService(`the template for ${name}`, async () => {
    const database = await startPostgres();
    const example = await installExample('node', ['@hono/node-server', 'pg']);
    const settings = {
      DATABASE_URL: database.connectionString,
      KEYHAVEN_ROOT_SECRET: newSecret(),
      KEYHAVEN_CREDENTIALS: JSON.stringify(tenantCredentials),
    };
    return {
      async start() {
        const port = await freePort();
        return example.start(command, ['server.js'], { ...settings, PORT: `${port}` }, port);
      },
      async remove() {
        await database.stop();
        example.remove();
      },
    };
  });
