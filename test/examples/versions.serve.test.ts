// Two deployments with two versions of the library, at once on one PostgreSQL. There is one version so far, so the newer one is a copy
// of the built library that was changed where a newer one will differ: it takes format 2, puts a member of its own into every record of a
// key, and makes keys of format 2 where their description says so.
import { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import pg from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { custodyUnder } from '../../src/keys/rotating-custody.ts';
import { postgresStore } from '../../src/store/postgres.ts';
import { rootFromSecret } from '../../src/unlock/index.ts';
import { type Running, tenantCredentials } from '../support/example.ts';
import { raiseFormat } from '../support/newer-version.ts';
import { nodes } from '../support/serve-process.ts';
import { onPostgres, type PostgresService, patch, type Service } from './places.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const { accessKeyId, secretAccessKey, principalArn } = tenantCredentials[0] as (typeof tenantCredentials)[number];
const accountId = principalArn.split(':')[4] as string;

function makeNewer(dist: string): void {
  patch(`${dist}/keyring/format.js`, [['knownFormat = 1', 'knownFormat = 2']]);
  patch(`${dist}/kms/new-key.js`, [
    [
      'const created = {',
      "const created = { later: 'kept', ...(template.description === 'of format 2' ? { format: 2 } : {}),",
    ],
  ]);
}

describe('an older and a newer version on one PostgreSQL', () => {
  let service: PostgresService;
  let beside: Pick<Service, 'start' | 'remove'>;
  let pool: pg.Pool;
  const running: Running[] = [];
  let [older, newer] = [] as unknown as [KMS, KMS];
  const client = ({ url }: Running): KMS =>
    new KMS({ endpoint: url, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });

  beforeAll(async () => {
    service = await onPostgres(nodes[0] as string);
    beside = await service.beside(makeNewer);
    pool = new pg.Pool({ connectionString: service.connectionString });
    running.push(await service.start(), await beside.start());
    [older, newer] = running.map(client) as [KMS, KMS];
  }, 120_000);
  afterAll(async () => {
    await Promise.all(running.map((each) => each.stop()));
    await pool?.end();
    await beside?.remove();
    await service?.remove();
  }, 60_000);

  const newKey = async (kms: KMS, Description = ''): Promise<string> =>
    (await kms.createKey({ Description })).KeyMetadata?.KeyId ?? '';
  const nameOfError = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: Error) => error.name,
    );
  async function recordOf(keyId: string): Promise<Record<string, unknown>> {
    const id = `${accountId}/us-east-1/${keyId}`;
    const [row] = await postgresStore(pool, { name: accountId }).read([{ table: 'keys', id }]);
    return JSON.parse(new TextDecoder().decode(row?.value.slice(32)));
  }

  test('each uses and changes the keys of the other, and members that the older does not know stay', async () => {
    // The older makes the store: one that the newer makes is of format 2.
    const byOlder = await newKey(older);
    const byNewer = await newKey(newer);
    const { CiphertextBlob } = await older.encrypt({ KeyId: byNewer, Plaintext: utf8('by the older') });
    assert.deepEqual((await newer.decrypt({ CiphertextBlob })).Plaintext, utf8('by the older'));
    await older.updateKeyDescription({ KeyId: byNewer, Description: 'changed by the older' });
    await older.createAlias({ AliasName: 'alias/both', TargetKeyId: byNewer });
    await older.rotateKeyOnDemand({ KeyId: byNewer });
    await newer.rotateKeyOnDemand({ KeyId: byOlder });
    await older.encrypt({ KeyId: byOlder, Plaintext: utf8('x') });
    assert.deepInclude(await recordOf(byNewer), { later: 'kept', description: 'changed by the older' });
    assert.equal((await newer.describeKey({ KeyId: 'alias/both' })).KeyMetadata?.Description, 'changed by the older');
    assert.deepEqual((await newer.decrypt({ CiphertextBlob })).Plaintext, utf8('by the older'));
  });

  test('a key in a newer format is refused by the older, which says what to do, and serves all others', async () => {
    const KeyId = await newKey(newer, 'of format 2');
    const error = await older.encrypt({ KeyId, Plaintext: utf8('x') }).catch((found: Error) => found);
    assert.instanceOf(error, Error);
    assert.equal((error as Error).name, 'StoreNewer');
    assert.match((error as Error).message, /in format 2; this one knows 1\. Update keyhaven here/);
    assert.equal(await nameOfError(older.scheduleKeyDeletion({ KeyId })), 'StoreNewer');
    await newer.encrypt({ KeyId, Plaintext: utf8('x') });
    await older.encrypt({ KeyId: await newKey(older), Plaintext: utf8('x') });
  });

  test('a store that is moved to a newer format under load loses nothing, and the older writes nothing any more', async () => {
    const acknowledged: Uint8Array[] = [];
    let hasMoved = false;
    async function load(kms: KMS): Promise<string> {
      for (let after = 0; after < 5; ) {
        try {
          const KeyId = await newKey(kms);
          acknowledged.push((await kms.encrypt({ KeyId, Plaintext: utf8('x') })).CiphertextBlob as Uint8Array);
          if (hasMoved) after++;
        } catch (error) {
          return (error as Error).name;
        }
      }
      return 'none';
    }
    const loads = [older, older, newer, newer].map(load);
    while (acknowledged.length < 12) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.isTrue((await service.verifyTrail(running[0] as Running)).isIntact);
    const root = await rootFromSecret(service.rootSecret);
    await raiseFormat(postgresStore(pool, { name: accountId }), 2, custodyUnder(root, []));
    hasMoved = true;
    assert.deepEqual(await Promise.all(loads), ['StoreNewer', 'StoreNewer', 'none', 'none']);
    // It goes on opening what it can, until it is started again.
    for (const kms of [older, newer]) for (const CiphertextBlob of acknowledged) await kms.decrypt({ CiphertextBlob });
    await running[0]?.stop();
    running[0] = await service.start();
    const again = client(running[0]);
    assert.equal(await nameOfError(again.listKeys({})), 'StoreNewer');
    assert.equal(await nameOfError(newer.createKey({})), 'none');
  }, 60_000);
});
