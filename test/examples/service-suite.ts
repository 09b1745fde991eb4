// What every template must do, seen from outside: through the AWS SDK and the AWS CLI, for two tenants, over a restart.
import { spawnSync } from 'node:child_process';
import { DisabledException, KMS, NotFoundException } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Running, tenantCredentials } from '../support/example.ts';
import type { Service } from './places.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export function describeService(name: string, install: () => Promise<Service>): void {
  describe(name, () => {
    let service: Service;
    let running: Running;
    beforeAll(async () => {
      service = await install();
      running = await service.start();
    }, 120_000);
    afterAll(async () => {
      await running?.stop();
      await service?.remove();
    }, 60_000);

    const client = (tenant: number, region = 'us-east-1'): KMS => {
      const { accessKeyId, secretAccessKey } = tenantCredentials[tenant] as (typeof tenantCredentials)[number];
      return new KMS({ endpoint: running.url, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
    };
    const newKey = async (kms: KMS, input: Parameters<KMS['createKey']>[0] = {}): Promise<string> =>
      (await kms.createKey(input)).KeyMetadata?.Arn ?? '';

    test('encrypts, decrypts, rotates and signs through the AWS SDK', async () => {
      const kms = client(0);
      const KeyId = await newKey(kms, { Description: 'für alle' });
      assert.match(KeyId, /^arn:aws:kms:us-east-1:111111111111:key\//);
      const context = { EncryptionContext: { note: '17' } };
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('meet at nine'), ...context });
      await kms.rotateKeyOnDemand({ KeyId });
      assert.deepEqual((await kms.decrypt({ CiphertextBlob, ...context })).Plaintext, utf8('meet at nine'));
      const signer = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
      const call = { KeyId: signer, Message: utf8('x'), SigningAlgorithm: 'ECDSA_SHA_256' } as const;
      const { Signature } = await kms.sign(call);
      assert.isTrue((await kms.verify({ ...call, Signature })).SignatureValid);
      const { Plaintext } = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' });
      assert.equal(Plaintext?.length, 32);
    });

    test('fails with the errors of AWS', async () => {
      const kms = client(0);
      const missing = await kms.describeKey({ KeyId: 'alias/none' }).catch((error: unknown) => error);
      assert.instanceOf(missing, NotFoundException);
      const KeyId = await newKey(kms);
      await kms.disableKey({ KeyId });
      const disabled = await kms.encrypt({ KeyId, Plaintext: utf8('x') }).catch((error: unknown) => error);
      assert.instanceOf(disabled, DisabledException);
    });

    test('keeps tenants apart, and Regions of one tenant', async () => {
      const [mine, theirs, elsewhere] = [client(0), client(1), client(0, 'eu-west-1')];
      const KeyId = await newKey(mine);
      const { CiphertextBlob } = await mine.encrypt({ KeyId, Plaintext: utf8('mine') });
      for (const ask of [() => theirs.describeKey({ KeyId }), () => theirs.decrypt({ CiphertextBlob })]) {
        const error: Error = await ask().then(
          () => assert.fail('answered'),
          (found: Error) => found,
        );
        assert.oneOf(error.name, ['NotFoundException', 'AccessDeniedException']);
      }
      assert.deepEqual((await theirs.listKeys({})).Keys, []);
      assert.deepEqual((await elsewhere.listKeys({})).Keys, []);
    });

    test('keeps its keys over a restart', async () => {
      const KeyId = await newKey(client(1));
      const { CiphertextBlob } = await client(1).encrypt({ KeyId, Plaintext: utf8('still here') });
      await running.stop();
      running = await service.start();
      assert.deepEqual((await client(1).decrypt({ CiphertextBlob })).Plaintext, utf8('still here'));
    }, 120_000);

    test('serves the AWS CLI', () => {
      const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
      const aws = (...args: string[]) =>
        spawnSync('/usr/bin/aws', ['--endpoint-url', running.url, '--output', 'json', 'kms', ...args], {
          encoding: 'utf8',
          env: {
            PATH: process.env['PATH'],
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secretAccessKey,
            AWS_DEFAULT_REGION: 'us-west-2',
            AWS_EC2_METADATA_DISABLED: 'true',
          },
        });
      const made = aws('create-key', '--description', 'from the shell');
      assert.equal(made.status, 0, made.stderr);
      const { KeyId } = JSON.parse(made.stdout).KeyMetadata;
      const plaintext = Buffer.from('meet at nine').toString('base64');
      const sealed = aws('encrypt', '--key-id', KeyId, '--plaintext', plaintext, '--query', 'CiphertextBlob');
      const opened = aws('decrypt', '--ciphertext-blob', JSON.parse(sealed.stdout), '--query', 'Plaintext');
      assert.equal(JSON.parse(opened.stdout), plaintext);
      assert.match(aws('describe-key', '--key-id', 'alias/none').stderr, /NotFoundException/);
    });
  });
}
