// Messages under keys of `keyhaven serve`: ours through the client of the AWS SDK, and those of the official Encryption SDK with its own
// KMS keyring. Each opens what the other wrote.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { decrypt, encrypt, kmsKeyring } from '../../src/esdk/index.ts';
import { loadClientNode } from '../support/aws-client-node.ts';
import { random } from '../support/bytes.ts';
import {
  everyone,
  newClient,
  nodes,
  type ServeProcess,
  startServe,
  writeCredentials,
} from '../support/serve-process.ts';

describe('messages under keys of keyhaven serve', () => {
  const sdk = loadClientNode();
  const official = sdk.buildClient(sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-esdk-'));
  let server: ServeProcess;
  let client: KMS;
  let one: string;
  let two: string;
  const newKey = async (): Promise<string> => (await client.createKey({})).KeyMetadata?.Arn as string;
  const theirs = (keys: object) =>
    new sdk.KmsKeyringNode({
      // The SDK that it brings along, at the same service.
      clientProvider: (region: string) =>
        new sdk.KMS({ region, endpoint: server.url, credentials: everyone[0] } as never) as never,
      ...keys,
    });

  beforeAll(async () => {
    server = await startServe(nodes[0] as string, [
      '--store',
      join(folder, 'store'),
      '--credentials',
      writeCredentials(folder),
    ]);
    client = newClient(server.url);
    [one, two] = [await newKey(), await newKey()];
  });
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const suiteId of [0x0478, 0x0578] as const)
    test(`of suite ${suiteId.toString(16).padStart(4, '0')}, both directions`, async () => {
      const encryptionContext = { purpose: 'serve', Ä: 'ü', '\u{1f511}': '' };
      const plaintext = random(10_000);
      const ours = kmsKeyring({ client, generatorKeyId: one, keyIds: [two] });
      const message = await encrypt(ours, plaintext, { suiteId, encryptionContext });
      for (const keyring of [theirs({ generatorKeyId: one }), theirs({ keyIds: [two] }), theirs({ discovery: true })]) {
        const read = await official.decrypt(keyring, message);
        assert.deepEqual(new Uint8Array(read.plaintext), plaintext);
        assert.deepOwnInclude({ ...read.messageHeader.encryptionContext }, encryptionContext);
      }
      const { result } = await official.encrypt(theirs({ generatorKeyId: one, keyIds: [two] }), plaintext, {
        suiteId,
        encryptionContext,
      } as never);
      for (const keyring of [
        ours,
        kmsKeyring({ client, keyIds: [two] }),
        kmsKeyring({ client: () => client, discovery: true }),
      ])
        assert.deepEqual((await decrypt(keyring, result, { encryptionContext })).plaintext, plaintext);
    });

  test('say what the service says', async () => {
    const key = await newKey();
    const keyring = kmsKeyring({ client, generatorKeyId: key });
    const message = await encrypt(keyring, random(10));
    await client.disableKey({ KeyId: key });
    const error = await decrypt(keyring, message).catch((reason: Error) => reason);
    assert.equal((error as Error).name, 'DisabledException');
  });
});
