// SIGTERM, as every new deployment sends it: the record of each call that was answered is in the trail, also of the last ones.
import { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { tenantCredentials } from '../support/example.ts';
import { nodes } from '../support/serve-process.ts';
import { onDeno, onPostgres, onServe, type Service } from './places.ts';

const places: readonly (readonly [name: string, install: () => Promise<Service>])[] = [
  ['the template for Node', () => onPostgres(nodes[0] as string)],
  ['the template for Deno', () => onDeno()],
  ['keyhaven serve', () => onServe(nodes[0] as string)],
];

describe('a service that is stopped', () => {
  for (const [name, install] of places)
    test(`keeps the records of all calls that it answered: ${name}`, async () => {
      const service = await install();
      try {
        const running = await service.start();
        const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
        const credentials = { accessKeyId, secretAccessKey };
        const kms = new KMS({ endpoint: running.url, region: 'us-east-1', credentials, maxAttempts: 1 });
        const KeyId = (await kms.createKey({})).KeyMetadata?.KeyId;
        for (let calls = 0; calls < 20; calls++) await kms.encrypt({ KeyId, Plaintext: Uint8Array.of(calls) });
        await running.stop();
        kms.destroy();
        const report = await service.verifyTrail(running);
        assert.isTrue(report.isIntact, JSON.stringify(report.findings));
        assert.equal(report.last, 21);
      } finally {
        await service.remove();
      }
    }, 120_000);
});
