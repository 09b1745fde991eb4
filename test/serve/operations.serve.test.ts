// Every operation, right and wrong, through `keyhaven serve`: by the AWS SDK, by boto3, and by the AWS CLI.
import { spawn } from 'node:child_process';
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
import { pinnedModel } from './service-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-operations-'));
const file = join(folder, 'scenario.json');
const model = join(folder, 'service-2.json');
let credentials: string;
const servers: ServeProcess[] = [];
const start = async (): Promise<string> => {
  const server = await startServe(process.execPath, ['--memory', '--credentials', credentials, '--log', 'none']);
  servers.push(server);
  return server.url;
};
beforeAll(() => {
  credentials = writeCredentials(folder);
  writeFileSync(file, JSON.stringify({ steps: [...right, ...wrong] }));
  writeFileSync(model, JSON.stringify(pinnedModel()));
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

/** Key material for an import, under the public key of the moment. */
function wrapped(parameters: unknown): Uint8Array {
  const { PublicKey } = parameters as { PublicKey: Uint8Array };
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, Buffer.alloc(32, 7));
}

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
  new Promise<{ stdout: string; stderr: string; status: number | null }>((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    child.on('error', reject);
    child.on('close', (status) => resolve({ ...texts, status }));
  });

describe.concurrent('every operation', () => {
  test('is in the scenario, and goes wrong in it', () => {
    const named = (steps: readonly Step[]) => [...new Set(steps.map(({ operation }) => operation))].sort();
    // Custom key stores cannot be.
    const never = operationNames.filter((name) => /CustomKeyStore$/.test(name));
    assert.deepEqual([...named(right), ...never].sort(), [...operationNames].sort());
    assert.deepEqual(named(wrong), [...operationNames].sort());
  });

  test('by the AWS SDK, with the classes of its errors', async () => {
    const client = newClient(await start());
    const replies: Record<string, unknown> = {};
    const call = (operation: string, input: object) =>
      (client as unknown as Methods)[methodOf(operation)]?.(input) as Promise<Record<string, unknown>>;
    for (const { operation, input, as, error, wraps } of [...right, ...wrong]) {
      const sent = withBytes(resolveInput(input, replies) as object);
      if (wraps !== undefined) Object.assign(sent, { EncryptedKeyMaterial: wrapped(replies[wraps]) });
      const outcome = await call(operation, sent).then(
        (reply) => ({ reply, told: undefined }),
        (told: Error) => ({ reply: undefined, told }),
      );
      assert.equal(outcome.told?.name, error, `${operation}: ${outcome.told?.message}`);
      const typed = error === undefined ? undefined : (sdk as unknown as Record<string, unknown>)[error];
      if (typeof typed === 'function') assert.instanceOf(outcome.told, typed as never);
      if (outcome.reply && as !== undefined) replies[as] = outcome.reply;
    }
    assert.match((replies['imported'] as { KeyMaterialId: string }).KeyMaterialId, /^[0-9a-f]{64}$/);
  });

  for (const client of ['boto3', 'the AWS CLI'])
    test(`by Debian's ${client.replace(/^the /, '')}`, { timeout: 180_000 }, async () => {
      const url = await start();
      const home = mkdtempSync(join(folder, 'home-'));
      const args = ['test/serve/scenario.py', client, url, file, model];
      const { stdout, stderr, status } = await run('/usr/bin/python3', args, {
        PATH: process.env['PATH'],
        HOME: home,
        AWS_ACCESS_KEY_ID: testCredential.accessKeyId,
        AWS_SECRET_ACCESS_KEY: testCredential.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
      });
      assert.equal(status, 0, stderr);
      const { outcomes, newerOperations } = JSON.parse(stdout) as { outcomes: string[]; newerOperations: string[] };
      console.log(`${client}: the pinned SDK's model for ${newerOperations.join(', ')}`);
      const steps = [...right, ...wrong];
      const told = steps.map(({ operation }, at) => `${operation}: ${outcomes[at]}`);
      assert.deepEqual(
        told,
        steps.map(({ operation, error = '' }) => `${operation}: ${error}`),
      );
    });
});
