// The service behind a port is the same service: every operation, its replies and its errors, sealers and streams.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import type { ConnectedKms, KmsOperations } from '../../src/host/index.ts';
import { methodNameOf, operationNames } from '../../src/http/operations.ts';
import {
  AccessDeniedException,
  InvalidCiphertextException,
  type Kms,
  KmsError,
  memoryStore,
  NotFoundException,
  SerializationException,
} from '../../src/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import { decryptStream, encryptStream } from '../../src/streams/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { appArn, appOrigin, type Served, serve } from '../support/host.ts';
import { newKey, newKms, TestClock } from '../support/kms.ts';

const owner = [{ origin: appOrigin, isAdministrator: true }];
let served: Served | undefined;
afterEach(() => {
  served?.close();
  served = undefined;
});

async function connectTo(kms: Kms): Promise<ConnectedKms> {
  served = serve(kms, { callers: owner });
  return served.connect();
}

type Call = (input?: unknown) => Promise<object>;
const call = (kms: KmsOperations, name: string, input?: unknown): Promise<object> =>
  (kms as unknown as Record<string, Call>)[name]!(input);

/** What does not depend on chance: of bytes their number, of ids nothing. */
function outline(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(outline);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name]) => !['requestId', 'KeyMaterialId', 'CurrentKeyMaterialId', 'GrantId', 'GrantToken'].includes(name),
      )
      .map(([name, each]) => [name, outline(each)]),
  );
}

describe('a service behind a port', () => {
  test('has every operation, and each fails as it does beside the keys', async () => {
    const kms = await newKms();
    const remote = await connectTo(kms);
    for (const operation of operationNames) {
      const name = methodNameOf(operation);
      const input = { KeyId: 'alias/none', Limit: 0, KeySpec: 'none', NumberOfBytes: 0 };
      const outcome = (service: KmsOperations): Promise<unknown> =>
        call(service, name, input).then(
          () => assert.fail(`${name} did not fail`),
          ({ name, message, $fault, $metadata }: KmsError) => ({
            name,
            message,
            $fault,
            status: $metadata.httpStatusCode,
          }),
        );
      assert.deepEqual(await outcome(remote), await outcome(kms), name);
    }
  });

  test('answers as it does beside the keys', async () => {
    const clock = new TestClock();
    const ids = (): (() => string) => {
      let count = 0;
      return () => `00000000-0000-4000-8000-${String(count++).padStart(12, '0')}`;
    };
    async function visit(kms: KmsOperations): Promise<unknown[]> {
      const replies: object[] = [];
      const add = async <T extends object>(reply: Promise<T>): Promise<T> => {
        replies.push(await reply);
        return reply;
      };
      const { KeyMetadata } = await add(kms.createKey({ Description: 'd', Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
      const { KeyId } = KeyMetadata;
      await add(kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId }));
      await add(kms.listAliases());
      const EncryptionContext = { a: 'ä', __proto__: null as never, constructor: 'x' };
      const { CiphertextBlob } = await add(kms.encrypt({ KeyId, Plaintext: utf8('text'), EncryptionContext }));
      const opened = await add(kms.decrypt({ CiphertextBlob, EncryptionContext }));
      assert.deepEqual(opened.Plaintext, utf8('text'));
      await add(kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }));
      await add(kms.generateRandom({ NumberOfBytes: 7 }));
      const signing = await add(kms.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
      const at = { KeyId: signing.KeyMetadata.KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: utf8('m') } as const;
      const { Signature } = await kms.sign(at);
      await add(kms.verify({ ...at, Signature }));
      const { PublicKey } = await add(kms.getPublicKey({ KeyId: at.KeyId }));
      assert.deepEqual((await kms.getPublicKey({ KeyId: at.KeyId })).PublicKey, PublicKey);
      await add(kms.createGrant({ KeyId, GranteePrincipal: appArn, Operations: ['Decrypt'] }));
      await add(kms.listGrants({ KeyId }));
      await add(kms.getKeyPolicy({ KeyId }));
      await add(kms.enableKeyRotation({ KeyId }));
      await add(kms.getKeyRotationStatus({ KeyId }));
      const deletion = await add(kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }));
      assert.instanceOf(deletion.DeletionDate, Date);
      await add(kms.listKeys());
      return replies.map(outline);
    }
    const beside = await visit(await newKms({ clock: clock.read, newKeyId: ids() }));
    const remote = await visit(await connectTo(await newKms({ clock: clock.read, newKeyId: ids() })));
    // The grant was made by another principal.
    const same = (replies: unknown[]): string => JSON.stringify(replies).replaceAll(appArn, 'arn');
    assert.equal(same(remote), same(beside));
  });

  test('throws the same classes of errors, with the id of the request', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const remote = await connectTo(kms);
    const missing = await failure(remote.describeKey({ KeyId: 'alias/none' }));
    assert.instanceOf(missing, NotFoundException);
    assert.instanceOf(missing, KmsError);
    assert.equal(missing.code, 'NotFoundException');
    assert.match(missing.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    CiphertextBlob[60]! ^= 1;
    const invalid = await failure(remote.decrypt({ CiphertextBlob }));
    assert.instanceOf(invalid, InvalidCiphertextException);
    assert.equal(invalid.message, new InvalidCiphertextException().message);
    assert.isUndefined(invalid.cause);
    assert.instanceOf(await failure(remote.encrypt({ KeyId, Plaintext: 'text' as never })), SerializationException);
  });

  test('names the account, the Region and the principal, and shows another Region where asked', async () => {
    const kms = await newKms({ accountId: '123456789012', region: 'eu-central-1' });
    served = serve(kms, {
      callers: [{ origin: appOrigin }, { origin: 'http://localhost:5173', accountId: '000000000007' }],
    });
    const remote = await served.connect();
    assert.deepEqual(remote.scope, { accountId: '123456789012', region: 'eu-central-1' });
    assert.equal(remote.callerArn, 'arn:aws:iam::123456789012:user/origin/https/app.example.com');
    const other = await served.connect('http://localhost:5173', { region: 'us-west-2' });
    assert.deepEqual(other.scope, { accountId: '000000000007', region: 'us-west-2' });
    assert.equal(other.callerArn, 'arn:aws:iam::000000000007:user/origin/http/localhost+5173');
    await assertFails(served.connect(appOrigin, { region: 'nowhere' }), 'ValidationException');
  });

  test('copies what a call is given before it returns, and leaves it as it was', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const remote = await connectTo(kms);
    const pool = new Uint8Array(1024).fill(9);
    const Plaintext = pool.subarray(8, 12);
    const EncryptionContext: Record<string, string> = { a: 'b' };
    let reads = 0;
    const request = {
      KeyId,
      EncryptionContext,
      get Plaintext() {
        reads++;
        return Plaintext;
      },
    };
    const sealing = remote.encrypt(request);
    pool.fill(0);
    EncryptionContext['a'] = 'c';
    const { CiphertextBlob } = await sealing;
    assert.equal(reads, 1);
    assert.equal(pool.length, 1024);
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext: { a: 'b' } });
    assert.deepEqual([...opened.Plaintext], [9, 9, 9, 9]);
  });

  test('serves a sealer that seals at once, and streams', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const remote = await connectTo(kms);
    const sealer = await openSealer(remote, { KeyId, store: memoryStore() });
    const record = sealer.seal(utf8('record'));
    assert.deepEqual(sealer.open(record), utf8('record'));
    sealer.close();
    const file = random(50_000);
    const sealed = new Blob([file]).stream().pipeThrough(encryptStream(remote, { KeyId }));
    const opened = sealed.pipeThrough(decryptStream(kms));
    assert.deepEqual(new Uint8Array(await new Response(opened).arrayBuffer()), file);
  });

  test('lets policies and grants decide, by the origin', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    served = serve(kms);
    const remote = await served.connect();
    const Plaintext = utf8('x');
    assert.instanceOf(await failure(remote.encrypt({ KeyId, Plaintext })), AccessDeniedException);
    assert.instanceOf(await failure(remote.createKey()), AccessDeniedException);
    const { GrantId, GrantToken } = await kms.createGrant({
      KeyId,
      GranteePrincipal: remote.callerArn,
      Operations: ['Encrypt', 'RetireGrant'],
    });
    const { CiphertextBlob } = await remote.encrypt({ KeyId, Plaintext, GrantTokens: [GrantToken] });
    await assertFails(remote.decrypt({ CiphertextBlob }), 'AccessDeniedException');
    await assertFails(remote.describeKey({ KeyId }), 'AccessDeniedException');
    await remote.retireGrant({ KeyId, GrantId });
    await assertFails(remote.encrypt({ KeyId, Plaintext }), 'AccessDeniedException');
  });

  test('gives each origin its own keys where each has its own account', async () => {
    const kms = await newKms();
    const other = 'https://other.example.com';
    served = serve(kms, {
      callers: [
        { origin: appOrigin, accountId: '111111111111', isAdministrator: true },
        { origin: other, accountId: '222222222222', isAdministrator: true },
      ],
    });
    const [mine, theirs] = [await served.connect(), await served.connect(other)];
    const KeyId = (await mine.createKey()).KeyMetadata.Arn;
    const { CiphertextBlob } = await mine.encrypt({ KeyId, Plaintext: utf8('mine') });
    assert.lengthOf((await theirs.listKeys()).Keys, 0);
    await assertFails(theirs.decrypt({ CiphertextBlob }), 'AccessDeniedException');
    await assertFails(theirs.decrypt({ CiphertextBlob, KeyId }), 'AccessDeniedException');
    await assertFails(theirs.describeKey({ KeyId }), 'AccessDeniedException');
    assert.deepEqual((await mine.decrypt({ CiphertextBlob })).Plaintext, utf8('mine'));
  });
});
