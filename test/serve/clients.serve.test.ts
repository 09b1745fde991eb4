// Debian's own clients of AWS against `keyhaven serve`: boto3 and the AWS CLI.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Kms } from '../../src/index.ts';
import { nodes, type ServeProcess, startServe, writeCredentials } from '../support/serve-process.ts';
import { testCredential } from '../support/signer.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-clients-'));
let server: ServeProcess;
beforeAll(async () => {
  const node = nodes[0] ?? process.execPath;
  server = await startServe(node, ['--store', join(folder, 'store'), '--credentials', writeCredentials(folder)]);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('boto3 makes, uses and pages keys, and knows the errors', () => {
  const output = execFileSync('/usr/bin/python3', ['test/serve/clients.py', server.url], { encoding: 'utf8' });
  const hasCustomStores = 'describeCustomKeyStores' in Kms.prototype;
  assert.deepEqual(JSON.parse(output), {
    'distinct keys': 10,
    description: 'kü',
    date: 'datetime',
    plaintext: '00ff68656c6c6f',
    'data key': 32,
    random: 1024,
    moved: true,
    tags: [{ TagKey: 'a', TagValue: '' }],
    pages: [3, 3, 3, 1],
    errors: [
      'DisabledException',
      'NotFoundException',
      'InvalidCiphertextException',
      'AlreadyExistsException',
      'NotAuthorizedException',
      hasCustomStores ? 'CustomKeyStoreNotFoundException' : 'UnknownOperationException',
      'InvalidSignatureException',
      'UnrecognizedClientException',
      'UnrecognizedClientException',
    ],
    typed: 'Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.',
    session: 10,
    elsewhere: 0,
    neighbour: 0,
  });
});

describe('the AWS CLI', () => {
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    AWS_ACCESS_KEY_ID: testCredential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testCredential.secretAccessKey,
    AWS_DEFAULT_REGION: 'ap-southeast-2',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const aws = (...args: string[]) =>
    spawnSync('/usr/bin/aws', ['--endpoint-url', server.url, '--output', 'json', 'kms', ...args], {
      encoding: 'utf8',
      env: environment,
    });
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = aws(...args);
    assert.equal(status, 0, stderr);
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };

  test('makes keys, seals files and opens them', () => {
    const { KeyMetadata } = run('create-key', '--description', 'from the shell', '--tags', 'TagKey=a,TagValue=b');
    assert.match(KeyMetadata.Arn, /^arn:aws:kms:ap-southeast-2:000000000000:key/);
    run('create-alias', '--alias-name', 'alias/shell', '--target-key-id', KeyMetadata.KeyId);
    const [plain, sealed] = [join(folder, 'plain'), join(folder, 'sealed')];
    writeFileSync(plain, 'meet at nine');
    const context = ['--encryption-context', 'note=17,place=caf\u00e9'];
    const encrypted = run('encrypt', '--key-id', 'alias/shell', '--plaintext', `fileb://${plain}`, ...context);
    writeFileSync(sealed, Buffer.from(encrypted.CiphertextBlob, 'base64'));
    const opened = run('decrypt', '--ciphertext-blob', `fileb://${sealed}`, ...context);
    assert.equal(Buffer.from(opened.Plaintext, 'base64').toString(), readFileSync(plain, 'utf8'));
    assert.equal(run('list-aliases').Aliases.length, 1);
    assert.equal(run('list-keys').Keys.length, 1);
    run('disable-key', '--key-id', KeyMetadata.KeyId);
    const { status, stderr } = aws('decrypt', '--ciphertext-blob', `fileb://${sealed}`, ...context);
    assert.notEqual(status, 0);
    assert.match(stderr, /DisabledException.*is disabled/);
  });

  test('makes keys one after the other, however fast', async () => {
    const before: number = run('list-keys').Keys.length;
    const made = Array.from(
      { length: 3 },
      () =>
        new Promise<number | null>((resolve) => {
          const args = ['--endpoint-url', server.url, 'kms', 'create-key'];
          spawn('/usr/bin/aws', args, { env: environment, stdio: 'ignore' }).on('close', resolve);
        }),
    );
    assert.deepEqual(await Promise.all(made), [0, 0, 0]);
    assert.equal(run('list-keys').Keys.length, before + 3);
  });

  test('shows errors as it does for AWS', () => {
    const { status, stderr } = aws('describe-key', '--key-id', 'alias/none');
    assert.notEqual(status, 0);
    assert.match(
      stderr,
      /An error occurred \(NotFoundException\) when calling the DescribeKey operation: Alias .* is not found\./,
    );
  });
});
