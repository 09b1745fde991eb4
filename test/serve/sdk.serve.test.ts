// The real AWS SDK over HTTP against `keyhaven serve`, on the machine's own Node and on the pinned one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { afterAll, afterEach, describe, test } from 'vitest';
import { operationNames } from '../../src/http/operations.ts';
import { Kms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import {
  everyone,
  main,
  newClient,
  nodes,
  type ServeProcess,
  startServe,
  writeCredentials,
} from '../support/serve-process.ts';
import { sign } from '../support/signer.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-serve-'));
const credentials = writeCredentials(folder);
const running = new Set<ServeProcess>();
let count = 0;
const newFolder = (): string => join(folder, `store-${count++}`);
afterEach(async () => {
  for (const each of running) await each.stop('SIGKILL');
  running.clear();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(node: string, args: readonly string[], env?: Record<string, string>): Promise<ServeProcess> {
  const started = await startServe(node, args, env);
  running.add(started);
  return started;
}
const caught = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );

for (const node of nodes) {
  const version = spawnSync(node, ['--version']).stdout.toString().trim();

  describe(`keyhaven serve on Node ${version}`, () => {
    test('answers the AWS SDK, and keeps keys over a restart', async () => {
      const args = ['--store', newFolder(), '--credentials', credentials];
      const first = await start(node, args);
      const client = newClient(first.url);
      const { KeyMetadata } = await client.createKey({ Description: 'ü 🔑' });
      await client.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyMetadata?.KeyId });
      const { CiphertextBlob } = await client.encrypt({
        KeyId: 'alias/a',
        Plaintext: utf8('x'),
        EncryptionContext: { ö: '1' },
      });
      client.destroy();
      assert.equal(await first.stop(), 0, first.stderr());

      const second = await start(node, args);
      const again = newClient(second.url);
      const { Plaintext, KeyId } = await again.decrypt({ CiphertextBlob, EncryptionContext: { ö: '1' } });
      assert.deepEqual(new Uint8Array(Plaintext as Uint8Array), utf8('x'));
      assert.equal(KeyId, KeyMetadata?.Arn);
      assert.equal((await again.describeKey({ KeyId: 'alias/a' })).KeyMetadata?.Description, 'ü 🔑');
      assert.instanceOf(await caught(again.decrypt({ CiphertextBlob })), sdk.InvalidCiphertextException);
      assert.instanceOf(await caught(again.describeKey({ KeyId: 'alias/b' })), sdk.NotFoundException);
    });

    test('has every operation that the service has, and says of the others that it has not', async () => {
      const { url } = await start(node, ['--memory', '--credentials', credentials]);
      const client = newClient(url) as unknown as Record<string, (input: object) => Promise<unknown>>;
      for (const name of operationNames) {
        const method = name.charAt(0).toLowerCase() + name.slice(1);
        const error = await client[method]?.({}).then(
          () => undefined,
          (each: Error) => each,
        );
        if (method in Kms.prototype)
          assert.notInclude(['UnknownOperationException', 'KMSInternalException'], error?.name, name);
        else assert.equal(error?.name, 'UnknownOperationException', name);
      }
    });

    test('gives each account and Region keys of their own', async () => {
      const { url } = await start(node, ['--memory', '--credentials', credentials]);
      const here = newClient(url);
      const there = newClient(url, { region: 'eu-central-1' });
      const neighbour = newClient(url, {}, everyone[2]);
      const arns = await Promise.all(
        [here, there, neighbour].map(async (each) => (await each.createKey({})).KeyMetadata?.Arn),
      );
      assert.match(arns[0] ?? '', /^arn:aws:kms:us-east-1:000000000000:/);
      assert.match(arns[1] ?? '', /^arn:aws:kms:eu-central-1:000000000000:/);
      assert.match(arns[2] ?? '', /^arn:aws:kms:us-east-1:111111111111:/);
      for (const each of [here, there, neighbour]) assert.equal((await each.listKeys({})).Keys?.length, 1);
      assert.equal((await caught(there.describeKey({ KeyId: arns[0] }))).message, 'Invalid arn us-east-1');
    });

    test('replicates a key to another Region, where it opens the same ciphertexts', async () => {
      const { url } = await start(node, ['--memory', '--credentials', credentials]);
      const here = newClient(url);
      const there = newClient(url, { region: 'eu-central-1' });
      const { KeyMetadata } = await here.createKey({ MultiRegion: true });
      const { ReplicaKeyMetadata } = await here.replicateKey({
        KeyId: KeyMetadata?.KeyId,
        ReplicaRegion: 'eu-central-1',
      });
      assert.match(ReplicaKeyMetadata?.Arn ?? '', /^arn:aws:kms:eu-central-1:000000000000:key\/mrk-/);
      const { CiphertextBlob } = await here.encrypt({ KeyId: KeyMetadata?.KeyId, Plaintext: utf8('x') });
      const { Plaintext, KeyId } = await there.decrypt({ CiphertextBlob });
      assert.deepEqual(new Uint8Array(Plaintext as Uint8Array), utf8('x'));
      assert.equal(KeyId, ReplicaKeyMetadata?.Arn);
    });

    // MongoDB's drivers read the length of a reply from `Content-Length`, spelled like this and in no other way.
    test('spells the names of headers as AWS does', async () => {
      const { url } = await start(node, ['--memory', '--credentials', credentials]);
      const names = await new Promise<string[]>((resolve, reject) => {
        const sent = request(url, { method: 'POST' }, (reply) => {
          resolve(reply.rawHeaders.filter((_, index) => index % 2 === 0));
          reply.resume();
        });
        sent.on('error', reject).end('{}');
      });
      const expected = ['Content-Type', 'x-amzn-RequestId', 'x-amzn-ErrorType', 'Date', 'Content-Length'];
      assert.includeMembers(names, expected);
    });

    test('may be named as the proxy of a client, which sends it whole addresses', async () => {
      const { url } = await start(node, ['--memory', '--credentials', credentials]);
      const { accessKeyId, secretAccessKey } = everyone[0];
      const { headers, body } = sign({ url: 'http://kms.us-east-1.amazonaws.com/', accessKeyId, secretAccessKey });
      const ask = (path: string, host: string): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const sent = request(url, { method: 'POST', path, headers: { ...headers, host } }, (reply) => {
            resolve(reply.statusCode);
            reply.resume();
          });
          sent.on('error', reject).end(body);
        });
      const host = 'kms.us-east-1.amazonaws.com';
      assert.equal(await ask(`http://${host}/`, host), 200);
      assert.equal(await ask(`http://${host}`, 'proxy.example'), 200);
      assert.equal(await ask('http://other.example/', host), 400);
    });

    test('checks signatures and session tokens', async () => {
      const { url } = await start(node, ['--memory', '--credentials', credentials]);
      await newClient(url, {}, everyone[1]).listKeys({});
      const wrong = newClient(url, { credentials: { ...everyone[0], secretAccessKey: 'x' } });
      assert.equal((await caught(wrong.listKeys({}))).name, 'InvalidSignatureException');
      const unknown = newClient(url, { credentials: { ...everyone[0], accessKeyId: 'AKIDNOBODY' } });
      assert.equal((await caught(unknown.listKeys({}))).name, 'UnrecognizedClientException');
      const { accessKeyId, secretAccessKey } = everyone[1];
      const tokenless = newClient(url, { credentials: { accessKeyId, secretAccessKey } });
      assert.equal((await caught(tokenless.listKeys({}))).name, 'UnrecognizedClientException');
      const bare = await fetch(url, {
        method: 'POST',
        headers: { 'x-amz-target': 'TrentService.ListKeys' },
        body: '{}',
      });
      assert.equal(bare.status, 400);
      assert.equal(((await bare.json()) as Record<string, unknown>)['__type'], 'MissingAuthenticationTokenException');
      const large = await fetch(url, { method: 'POST', body: new Uint8Array(2 << 20) }).then(
        ({ status }) => status,
        () => 'hung up',
      );
      assert.include([413, 'hung up'], large);
    });

    test('follows a clock that is set forward, and still checks signatures by the real one', async () => {
      const offset = join(newFolder(), '..', `offset-${count++}`);
      writeFileSync(offset, '0\n');
      const { url } = await start(node, ['--memory', '--credentials', credentials, '--clock-offset-file', offset]);
      const client = newClient(url);
      const { KeyMetadata } = await client.createKey({});
      const KeyId = KeyMetadata?.KeyId;
      await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      assert.equal((await client.describeKey({ KeyId })).KeyMetadata?.KeyState, 'PendingDeletion');
      writeFileSync(offset, String(8 * 86_400));
      assert.instanceOf(await caught(client.describeKey({ KeyId })), sdk.NotFoundException);
    });

    test('loses nothing that it acknowledged when it is killed under writes', async () => {
      const args = ['--store', newFolder(), '--credentials', credentials, '--log', 'none'];
      const acknowledged: { keyId: string; blob: Uint8Array; alias: string }[] = [];
      for (let round = 0; round < 3; round++) {
        const server = await start(node, args);
        const client = newClient(server.url);
        const writers = Array.from({ length: 8 }, async (_, writer) => {
          for (let i = 0; ; i++) {
            try {
              const keyId = (await client.createKey({})).KeyMetadata?.KeyId as string;
              const { CiphertextBlob } = await client.encrypt({ KeyId: keyId, Plaintext: utf8(keyId) });
              const alias = `alias/${round}-${writer}-${i}`;
              await client.createAlias({ AliasName: alias, TargetKeyId: keyId });
              acknowledged.push({ keyId, blob: CiphertextBlob as Uint8Array, alias });
            } catch {
              return;
            }
          }
        });
        // At a moment that is another one each time, in the middle of writes, however fast the machine is.
        const enough = 8 * (round + 1);
        for (let waited = 0; acknowledged.length < enough && waited < 30_000; waited += 20)
          await new Promise((resolve) => setTimeout(resolve, 20));
        await new Promise((resolve) => setTimeout(resolve, 100 + 150 * round));
        assert.equal(await server.stop('SIGKILL'), 'SIGKILL');
        await Promise.all(writers);
      }
      assert.isAtLeast(acknowledged.length, 20);
      const client = newClient((await start(node, args)).url);
      for (const { keyId, blob, alias } of acknowledged) {
        const { Plaintext } = await client.decrypt({ CiphertextBlob: blob });
        assert.equal(new TextDecoder().decode(Plaintext), keyId);
        assert.equal((await client.describeKey({ KeyId: alias })).KeyMetadata?.KeyId, keyId);
      }
    });

    test('makes what a seed names, once', async () => {
      const file = join(folder, 'seed.json');
      writeFileSync(
        file,
        JSON.stringify({
          Keys: [
            { Aliases: ['alias/one', 'alias/uno'], Description: 'seeded' },
            { KeyId: '01234567-89ab-4cde-8f01-23456789abcd' },
            { Aliases: ['alias/two'], Region: 'eu-central-1', Account: '111111111111' },
          ],
        }),
      );
      const args = ['--store', newFolder(), '--credentials', credentials, '--seed', file];
      const ids: (string | undefined)[] = [];
      for (let i = 0; i < 2; i++) {
        const server = await start(node, args);
        const { KeyMetadata } = await newClient(server.url).describeKey({ KeyId: 'alias/uno' });
        assert.equal(KeyMetadata?.Description, 'seeded');
        await newClient(server.url).describeKey({ KeyId: '01234567-89ab-4cde-8f01-23456789abcd' });
        await newClient(server.url, { region: 'eu-central-1' }, everyone[2]).describeKey({ KeyId: 'alias/two' });
        ids.push(KeyMetadata?.KeyId);
        assert.equal(await server.stop(), 0);
      }
      assert.equal(ids[0], ids[1]);
    });

    test('takes a seed as local-kms has it', async () => {
      const file = join(folder, 'local-kms.json');
      const KeyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';
      const seed = {
        Keys: {
          Symmetric: { Aes: [{ Metadata: { KeyId, Description: 'of local-kms' }, BackingKeys: ['00'.repeat(32)] }] },
        },
        Aliases: [{ AliasName: 'alias/testing', TargetKeyId: KeyId }],
      };
      writeFileSync(file, JSON.stringify(seed));
      const { url } = await start(node, ['--memory', '--credentials', credentials, '--seed', file]);
      const { KeyMetadata } = await newClient(url).describeKey({ KeyId: 'alias/testing' });
      assert.equal(KeyMetadata?.KeyId, KeyId);
      assert.equal(KeyMetadata?.Description, 'of local-kms');
      const pem = { Keys: { Asymmetric: { Rsa: [{ Metadata: { KeyId }, PrivateKeyPem: '-' }] } } };
      writeFileSync(file, JSON.stringify(pem));
      const { status, stderr } = spawnSync(node, [main, 'serve', '--memory', '--seed', file], { encoding: 'utf8' });
      assert.equal(status, 2);
      assert.match(stderr, /private keys are not taken from a seed/);
    });

    test('takes a date of deletion from a clock that was set back', async () => {
      const offset = join(folder, `offset-back-${count++}`);
      writeFileSync(offset, String(400 * 86_400));
      const { url } = await start(node, ['--memory', '--credentials', credentials, '--clock-offset-file', offset]);
      const client = newClient(url);
      const { KeyMetadata } = await client.createKey({});
      writeFileSync(offset, '0');
      const { DeletionDate } = await client.scheduleKeyDeletion({
        KeyId: KeyMetadata?.KeyId,
        PendingWindowInDays: 7,
      });
      assert.isBelow(Math.abs(Number(DeletionDate) - Date.now() - 7 * 86_400_000), 60_000);
    });

    test('lets callers of other accounts use a key whose policy names them, also after a restart', async () => {
      const args = ['--store', newFolder(), '--credentials', credentials];
      const first = await start(node, args);
      const { KeyMetadata } = await newClient(first.url).createKey({});
      const allow = (account: string, Action: string[] | string) => ({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action,
        Resource: '*',
      });
      const Statement = [allow('000000000000', 'kms:*'), allow('111111111111', ['kms:Encrypt', 'kms:Decrypt'])];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await newClient(first.url).putKeyPolicy({ KeyId: KeyMetadata?.KeyId, Policy });
      const neighbour = newClient(first.url, {}, everyone[2]);
      const { CiphertextBlob } = await neighbour.encrypt({ KeyId: KeyMetadata?.Arn, Plaintext: utf8('x') });
      assert.equal(await first.stop(), 0);
      const second = await start(node, args);
      const { KeyId, Plaintext } = await newClient(second.url, {}, everyone[2]).decrypt({ CiphertextBlob });
      assert.equal(KeyId, KeyMetadata?.Arn);
      assert.deepEqual(new Uint8Array(Plaintext as Uint8Array), utf8('x'));
    });

    test('wraps keys under the root key that it is given, and needs the same again', async () => {
      const store = newFolder();
      const root = Buffer.alloc(32, 7).toString('base64');
      const file = join(folder, 'root-key');
      writeFileSync(file, `${root}\n`);
      const first = await start(node, ['--store', store, '--credentials', credentials, '--root-key-file', file]);
      await newClient(first.url).createKey({});
      await first.stop();
      const second = await start(node, ['--store', store, '--credentials', credentials], { KEYHAVEN_ROOT_KEY: root });
      assert.equal((await newClient(second.url).listKeys({})).Keys?.length, 1);
      await second.stop();
      const forgotten = await start(node, ['--store', store, '--credentials', credentials]).then(
        () => undefined,
        (error: Error) => error,
      );
      assert.match(forgotten?.message ?? '', /give it with --root-key-file or KEYHAVEN_ROOT_KEY/);
      const other = await start(node, ['--store', store, '--credentials', credentials], {
        KEYHAVEN_ROOT_KEY: Buffer.alloc(32, 8).toString('base64'),
      }).then(
        () => undefined,
        (error: Error) => error,
      );
      assert.match(other?.message ?? '', /keyhaven: KeyUndecryptable: .* does not open under this root secret/);
    });

    test('keeps the folder of its store to its user, and says in a sentence what is wrong with a file', async () => {
      const store = newFolder();
      const env = { KEYHAVEN_ROOT_KEY: Buffer.alloc(32, 7).toString('base64') };
      const server = await start(node, ['--store', store, '--credentials', credentials], env);
      assert.equal(statSync(store).mode & 0o777, 0o700);
      await server.stop();
      const file = join(folder, 'any-file');
      const refused = async (content: string, ...args: readonly string[]) => {
        writeFileSync(file, content);
        const { message } = await caught(startServe(node, args));
        assert.notMatch(message, /\n {4}at /, message);
        return message;
      };
      assert.match(await refused('', '--store', file), /ended \(2\).*any-file is no folder/);
      const cut = newFolder();
      mkdirSync(cut);
      writeFileSync(join(cut, 'root-key'), '');
      assert.match(await refused('', '--store', cut), /ended \(2\).*root-key is empty.* remove it/);
      assert.match(
        await refused('{"Keys":[null]}', '--memory', '--seed', file),
        /ended \(2\).*any-file: key 1 must be/,
      );
      const seeds = '{"Keys":[{"Aliases":["alias/a"],"Region":"nowhere"}]}';
      assert.match(await refused(seeds, '--memory', '--seed', file), /ended \(2\).*any-file: alias\/a: region must/);
      assert.match(await refused('[null]', '--memory', '--credentials', file), /any-file, entry 1: a credential must/);
    });

    test('goes on, and ends, when nobody reads its log', async () => {
      const server = await start(node, ['--memory', '--credentials', credentials], { KEYHAVEN_TEST_DEAF: '1' });
      const client = newClient(server.url);
      // Some 200 KB of log: three times what a pipe holds.
      for (let i = 0; i < 70; i++) await Promise.all(Array.from({ length: 10 }, () => client.listKeys({})));
      assert.equal(await server.stop(), 0);
    });

    test('without credentials makes a pair and prints it', async () => {
      const server = await start(node, ['--memory', '--account', '222222222222']);
      const accessKeyId = /^AWS_ACCESS_KEY_ID=(\S+)$/m.exec(server.stdout())?.[1] as string;
      const secretAccessKey = /^AWS_SECRET_ACCESS_KEY=(\S+)$/m.exec(server.stdout())?.[1] as string;
      const { KeyMetadata } = await newClient(server.url, { credentials: { accessKeyId, secretAccessKey } }).createKey(
        {},
      );
      assert.equal(KeyMetadata?.AWSAccountId, '222222222222');
      assert.notInclude(server.stderr(), secretAccessKey);
    });

    test('logs calls as lines of JSON', async () => {
      const server = await start(node, ['--memory', '--credentials', credentials]);
      await caught(newClient(server.url).describeKey({ KeyId: 'alias/x' }));
      await server.stop();
      const lines = server
        .stderr()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const call = lines.find(({ event }) => event === 'call');
      assert.include(call, {
        operation: 'DescribeKey',
        status: 400,
        error: 'NotFoundException',
        region: 'us-east-1',
        principal: everyone[0].principalArn,
      });
    });

    test('says what is wrong with a command line', () => {
      const run = (...args: string[]) => spawnSync(node, [main, ...args], { encoding: 'utf8' });
      assert.match(run('--help').stdout, /--clock-offset-file FILE/);
      assert.equal(run('--help').status, 0);
      for (const [args, message] of [
        [['serve'], /either --memory or --store/],
        [['serve', '--memory', '--store', 'x'], /either --memory or --store/],
        [['serve', '--memory', '--port', 'x'], /--port must be/],
        [['serve', '--memory', '--account', '1'], /--account must be/],
        [['serve', '--memory', '--credentials', '/nowhere'], /\/nowhere cannot be read/],
        [['serve', '--memory', '--credentials', main], /is not JSON/],
        [['serve', '--memory', '--nonsense'], /nonsense/],
        [['sing'], /one command, serve/],
      ] as const) {
        const { status, stderr } = run(...args);
        assert.equal(status, 2, args.join(' '));
        assert.match(stderr, message);
      }
    });
  });
}
