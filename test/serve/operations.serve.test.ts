// Every operation, right and wrong, through `keyhaven serve`: by the AWS SDK, by boto3, and by the AWS CLI.
import { execFileSync, spawnSync } from 'node:child_process';
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { operationNames } from '../../src/http/operations.ts';
import { newClient, type ServeProcess, startServe, writeCredentials } from '../support/serve-process.ts';
import { testCredential } from '../support/signer.ts';
import { blobs, resolveInput, right, type Step, wrong } from './scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-operations-'));
const file = join(folder, 'scenario.json');
let credentials: string;
const servers: ServeProcess[] = [];
const start = async (): Promise<string> => {
  const server = await startServe(process.execPath, ['--memory', '--credentials', credentials, '--log', 'none']);
  servers.push(server);
  return server.url;
};
beforeAll(() => {
  credentials = writeCredentials(folder);
  writeFileSync(file, JSON.stringify({ steps: [...right, ...wrong], blobs }));
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Methods = Record<string, (input: object) => Promise<Record<string, unknown>>>;
const methodOf = (operation: string) => operation.charAt(0).toLowerCase() + operation.slice(1);

/** Blobs as bytes, where the client wants that. */
const withBytes = (input: object): object =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'string' && blobs.includes(name) ? new Uint8Array(Buffer.from(value, 'base64')) : value,
    ]),
  );

describe('every operation', () => {
  test('is in the scenario, and goes wrong in it', () => {
    const named = (steps: readonly Step[]) => [...new Set(steps.map(({ operation }) => operation))].sort();
    // Imports need the public key of the moment; custom key stores cannot be.
    const elsewhere = ['ImportKeyMaterial'];
    const never = operationNames.filter((name) => /CustomKeyStore$/.test(name));
    assert.deepEqual([...named(right), ...elsewhere, ...never].sort(), [...operationNames].sort());
    assert.deepEqual(named(wrong), [...operationNames].sort());
  });

  test('by the AWS SDK, with the classes of its errors', async () => {
    const client = newClient(await start());
    const replies: Record<string, unknown> = {};
    const call = (operation: string, input: object) =>
      (client as unknown as Methods)[methodOf(operation)]?.(input) as Promise<Record<string, unknown>>;
    for (const { operation, input, as, error } of [...right, ...wrong]) {
      const sent = withBytes(resolveInput(input, replies) as object);
      const outcome = await call(operation, sent).then(
        (reply) => ({ reply, told: undefined }),
        (told: Error) => ({ reply: undefined, told }),
      );
      assert.equal(outcome.told?.name, error, `${operation}: ${outcome.told?.message}`);
      const typed = error === undefined ? undefined : (sdk as unknown as Record<string, unknown>)[error];
      if (typeof typed === 'function') assert.instanceOf(outcome.told, typed as never);
      if (outcome.reply && as !== undefined) replies[as] = outcome.reply;
      // An import between the two: what was wrapped by node:crypto is imported.
      if (operation === 'GetParametersForImport' && outcome.reply) {
        const { PublicKey, ImportToken } = outcome.reply as { PublicKey: Uint8Array; ImportToken: Uint8Array };
        const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
        const EncryptedKeyMaterial = publicEncrypt(
          { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
          Buffer.alloc(32, 7),
        );
        const KeyId = (sent as { KeyId: string }).KeyId;
        const imported = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
        assert.match(String((await call('ImportKeyMaterial', imported))['KeyMaterialId']), /^[0-9a-f]{64}$/);
        const { KeyMetadata } = (await call('DescribeKey', { KeyId })) as { KeyMetadata: sdk.KeyMetadata };
        assert.equal(KeyMetadata.KeyState, 'Enabled');
      }
    }
  });

  test("by Debian's boto3, as far as it knows them", async () => {
    const output = execFileSync('/usr/bin/python3', ['test/serve/scenario.py', await start(), file], {
      encoding: 'utf8',
    });
    const { outcomes, leftOut } = JSON.parse(output) as { outcomes: [string, string][]; leftOut: string[] };
    console.log(`boto3 is too old for ${[...new Set(leftOut)].join(', ')}`);
    const steps = [...right, ...wrong].filter(({ operation }) => outcomes.some(([name]) => name === operation));
    for (const [operation, error] of outcomes) {
      const expected = steps.filter((step) => step.operation === operation).map((step) => step.error ?? '');
      assert.include(expected, error, operation);
    }
    assert.isAtLeast(new Set(outcomes.map(([operation]) => operation)).size, 45);
    assert.isAtLeast(outcomes.filter(([, error]) => error !== '').length, 40);
  });

  test('by the AWS CLI, those that clients.serve.test.ts leaves out', { timeout: 300_000 }, async () => {
    const url = await start();
    const replies: Record<string, unknown> = {};
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_ACCESS_KEY_ID: testCredential.accessKeyId,
      AWS_SECRET_ACCESS_KEY: testCredential.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const dashed = (operation: string) => operation.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
    const families = /^(CreateKey|Sign|Verify)$/;
    const known = ({ operation, as, error }: Step) =>
      families.test(operation) && (operation !== 'CreateKey' || as === 'pair' || error !== undefined);
    for (const { operation, input, as, error } of [...right.filter(known), ...wrong.filter(known)]) {
      const json = JSON.stringify(resolveInput(input, replies));
      const { status, stdout, stderr } = spawnSync(
        '/usr/bin/aws',
        ['--endpoint-url', url, '--output', 'json', 'kms', dashed(operation), '--cli-input-json', json],
        { encoding: 'utf8', env },
      );
      if (error === undefined) assert.equal(status, 0, `${operation}: ${stderr}`);
      else assert.match(stderr, new RegExp(`An error occurred \\(${error}\\) when calling the ${operation} operation`));
      if (as !== undefined) replies[as] = JSON.parse(stdout);
    }
  });
});
