// The templates and `keyhaven serve`, killed under load again and again: what was acknowledged is there, no key is half made, and
// the trail is whole. Each is killed a few times here; KEYHAVEN_KILLS=100 makes it a hundred.
import { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Running, tenantCredentials } from '../support/example.ts';
import { nodes } from '../support/serve-process.ts';
import { onCloudflare, onDeno, onPostgres, onServe, type Service } from './places.ts';

const kills = Number(process.env['KEYHAVEN_KILLS'] ?? 4);
const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
const credentials = { accessKeyId, secretAccessKey };

/** A key, and a ciphertext that was made with it. */
interface Acknowledged {
  readonly KeyId: string;
  readonly CiphertextBlob: Uint8Array;
}

/** Makes keys and uses them until the process dies. */
async function load({ url }: Running, acknowledged: Acknowledged[]): Promise<void> {
  const kms = new KMS({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
  for (let i = 0; ; i++) {
    try {
      const { KeyMetadata } = await kms.createKey({});
      const KeyId = KeyMetadata?.KeyId ?? '';
      await kms.createAlias({ AliasName: `alias/${KeyId}`, TargetKeyId: KeyId });
      const { CiphertextBlob } = await kms.encrypt({ KeyId: `alias/${KeyId}`, Plaintext: new Uint8Array([i & 255]) });
      acknowledged.push({ KeyId, CiphertextBlob: CiphertextBlob as Uint8Array });
    } catch (error) {
      // The connection broke. Anything that the service itself says would be a mistake of the service.
      if ((error as { $fault?: string }).$fault === 'client') throw error;
      return;
    }
  }
}

/** @param used the keys that were used after an earlier kill; gets those that are used now */
async function verify({ url }: Running, acknowledged: readonly Acknowledged[], used: Set<string>): Promise<void> {
  const kms = new KMS({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
  for (const { CiphertextBlob } of acknowledged) await kms.decrypt({ CiphertextBlob });
  // Every key that is listed can be used, whether its making was acknowledged or not.
  const listed = new Set<string>();
  let Marker: string | undefined;
  do {
    const page = await kms.listKeys({ Limit: 1000, Marker });
    for (const { KeyId = '' } of page.Keys ?? []) {
      if (!used.has(KeyId)) await kms.encrypt({ KeyId, Plaintext: new Uint8Array([1]) });
      used.add(KeyId);
      listed.add(KeyId);
    }
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  for (const { KeyId } of acknowledged) assert.isTrue(listed.has(KeyId), `${KeyId} is not listed`);
}

async function killAgainAndAgain(install: () => Promise<Service>): Promise<void> {
  const service = await install();
  const acknowledged: Acknowledged[] = [];
  const used = new Set<string>();
  let records = 0;
  try {
    let running = await service.start();
    for (let i = 0; i < kills; i++) {
      const before = acknowledged.length;
      const writers = Array.from({ length: 4 }, () => load(running, acknowledged));
      while (acknowledged.length < before + 4) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, Math.floor((i * 37) % 120)));
      await running.stop('SIGKILL');
      await Promise.all(writers);
      running = await service.start();
      const report = await service.verifyTrail(running);
      assert.isTrue(report.isIntact, JSON.stringify(report.findings));
      // Making a key and naming it are records of their commits, so none of them can be missing.
      assert.isAtLeast(report.last, records + 2 * (acknowledged.length - before));
      records = report.last;
      await verify(running, acknowledged.slice(before), used);
    }
    await verify(running, acknowledged, new Set());
    await running.stop();
    console.log(`${kills} kills: ${acknowledged.length} acknowledged, ${used.size} keys, ${records} records`);
  } finally {
    await service.remove();
  }
}

const timeout = 60_000 + kills * 20_000;

describe(`killed ${kills} times under load`, () => {
  test('Deno KV loses nothing that was acknowledged', () => killAgainAndAgain(() => onDeno()), timeout);
  test(
    'PostgreSQL loses nothing that was acknowledged',
    () => killAgainAndAgain(() => onPostgres(nodes[0] as string)),
    timeout,
  );
  test('LMDB loses nothing that was acknowledged', () => killAgainAndAgain(() => onServe(nodes[0] as string)), timeout);
  test('Durable Objects lose nothing that was acknowledged', () => killAgainAndAgain(() => onCloudflare()), timeout);
});
