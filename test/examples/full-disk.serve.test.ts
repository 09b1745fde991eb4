// The templates and `keyhaven serve` on a disk that is full, and is not any more: callers are told, what was acknowledged is there, and
// the service goes on by itself.
import { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Running, tenantCredentials } from '../support/example.ts';
import { nodes } from '../support/serve-process.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { onCloudflare, onDeno, onPostgres, onServe, type Service } from './places.ts';

const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const stores: Readonly<Record<string, (data: string) => Promise<Service>>> = {
  LMDB: (data) => onServe(nodes[0] as string, tenantCredentials, data),
  'Deno KV': (data) => onDeno(tenantCredentials, false, data),
  PostgreSQL: (data) => onPostgres(nodes[0] as string, data),
  'Durable Objects': (data) => onCloudflare(tenantCredentials, false, data),
};

describe('a disk that is full', () => {
  for (const [name, install] of Object.entries(stores))
    test(`with ${name}: is told, loses nothing, and is over when there is room again`, async ({ skip }) => {
      const disk = mountSmallDisk(48) ?? skip('no disk can be mounted here: that is for root only');
      const service = await install(disk.folder);
      try {
        let running = await service.start();
        const clientOf = ({ url }: Running) =>
          new KMS({
            endpoint: url,
            region: 'us-east-1',
            credentials: { accessKeyId, secretAccessKey },
            maxAttempts: 1,
          });
        let kms = clientOf(running);
        const acknowledged: Uint8Array[] = [];
        const make = async (): Promise<void> => {
          const { KeyMetadata } = await kms.createKey({ Description: 'x'.repeat(8000) });
          const KeyId = KeyMetadata?.KeyId;
          const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: new Uint8Array([1]) });
          acknowledged.push(CiphertextBlob as Uint8Array);
        };
        const outcome = (): Promise<Error | undefined> =>
          make().then(
            () => undefined,
            (error: Error) => error,
          );
        for (let i = 0; i < 5; i++) await make();
        disk.fill();
        const errors: Error[] = [];
        // What a store has set aside lasts for a while.
        for (let i = 0; i < 2000 && errors.length < 5; i++) {
          const error = await outcome();
          if (error) errors.push(error);
        }
        assert.deepEqual([...new Set(errors.map((error) => error.name))], ['StoreUnavailable']);
        disk.free();
        for (const end = Date.now() + 30_000; (await outcome()) !== undefined; await sleep(100))
          assert.isBelow(Date.now(), end, 'it does not go on');
        for (const CiphertextBlob of acknowledged) await kms.decrypt({ CiphertextBlob });
        await running.stop();
        running = await service.start();
        kms = clientOf(running);
        const report = await service.verifyTrail(running);
        assert.isTrue(report.isIntact, JSON.stringify(report.findings));
        for (const CiphertextBlob of acknowledged) await kms.decrypt({ CiphertextBlob });
        await make();
        await running.stop();
      } finally {
        await service.remove();
        disk.remove();
      }
    }, 120_000);
});
