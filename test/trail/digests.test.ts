// Exported files: digests that CloudTrail's own rules accept, of AWS's shape, and what the check says of files that were changed,
// moved or taken away.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { toBase64 } from '../../src/formats/base64.ts';
import { fromBase64, fromHex } from '../../src/formats/bytes.ts';
import { type CloudTrailRecord, type Kms, openKms, type TrailFile } from '../../src/index.ts';
import { type Digest, stringToSign } from '../../src/trail/digest.ts';
import { gunzip, gzip } from '../../src/trail/gzip.ts';
import { checkTrailFiles } from '../../src/trail/index.ts';
import { flipBit, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { day, newKey, newStore, TestClock } from '../support/kms.ts';
import ownVectors from '../vectors/cloudtrail-digest-chain.json' with { type: 'json' };
import { sharedVectors, vectorsAreAbsent } from '../vectors/load.ts';

interface Vectors {
  publicKeyPkcs1DerBase64: string;
  fingerprint: string;
  digests: {
    object: string;
    body: string;
    metadata: { signature: string; 'signature-algorithm': string };
    stringToSign: string;
    logs: { object: string; body: string }[];
  }[];
}

async function filesOf(kms: Kms, options: Parameters<Kms['trail']['export']>[0] = {}): Promise<TrailFile[]> {
  const files: TrailFile[] = [];
  for await (const file of kms.trail.export(options)) files.push(file);
  return files;
}
const isDigest = ({ object }: TrailFile): boolean => object.includes('/CloudTrail-Digest/');
const contentOf = async ({ body }: TrailFile) => JSON.parse(new TextDecoder().decode(await gunzip(body)));
async function recordsIn(files: readonly TrailFile[]): Promise<CloudTrailRecord[]> {
  const all = await Promise.all(files.filter((file) => !isDigest(file)).map(contentOf));
  return all.flatMap(({ Records }) => Records);
}
const kindsOf = (report: { problems: readonly { kind: string }[] }): string[] =>
  report.problems.map(({ kind }) => kind);

/** Every vector is valid, and each mistake that can be made with it is found. */
async function checkVectors(vectors: Vectors): Promise<void> {
  const Value = fromBase64(vectors.publicKeyPkcs1DerBase64);
  const bucket = 'amzn-s3-demo-bucket';
  const files = vectors.digests.flatMap(({ object, body, metadata, logs }): TrailFile[] => [
    { bucket, object, body: utf8(body), metadata: { ...metadata } },
    ...logs.map((log) => ({ bucket, object: log.object, body: utf8(log.body), metadata: {} })),
  ]);
  const keys = [{ Value }];
  const { digests, chains, ...report } = await checkTrailFiles(files, keys);
  assert.deepEqual([report.problems, digests], [[], vectors.digests.length]);
  assert.equal(chains, vectors.digests.filter(({ body }) => body.includes('"previousDigestS3Object":null')).length);
  for (const { body, stringToSign: expected } of vectors.digests)
    assert.equal(new TextDecoder().decode(stringToSign(JSON.parse(body) as Digest, utf8(body))), expected);
  for (const [i, file] of files.entries()) {
    const others = files.filter((_, other) => other !== i);
    const changed = await checkTrailFiles(
      [...others, { ...file, body: utf8(`${new TextDecoder().decode(file.body)} `) }],
      keys,
    );
    assert.include(kindsOf(changed), isDigest(file) ? 'bad-signature' : 'changed-log');
    const moved = await checkTrailFiles([...others, { ...file, object: `${file.object}.gz` }], keys);
    assert.isFalse(moved.isValid);
    if (!isDigest(file)) assert.deepEqual(kindsOf(await checkTrailFiles(others, keys)), ['missing-log']);
    if (!isDigest(file)) continue;
    assert.include(kindsOf(moved), 'moved');
    const signature = `00${file.metadata['signature']?.slice(2)}`;
    const forged = await checkTrailFiles([...others, { ...file, metadata: { ...file.metadata, signature } }], keys);
    assert.include(kindsOf(forged), 'bad-signature');
  }
  assert.deepEqual([...new Set(kindsOf(await checkTrailFiles(files, [])))], ['unknown-key']);
}

describe('digest vectors', () => {
  test('of this project are verified', () => checkVectors(ownVectors));
  test('of the shared set are verified', async ({ skip }) => {
    await checkVectors((await sharedVectors<Vectors>('cloudtrail/digest-chain.json')) ?? skip(vectorsAreAbsent));
  });
});

describe('an export', () => {
  async function setUp() {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read, accountId: '111122223333', region: 'us-east-2' });
    const KeyId = await newKey(kms);
    const use = async (count: number) => {
      for (let i = 0; i < count; i++)
        await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext: { i: String(i) } });
    };
    return { clock, store, kms, KeyId, use };
  }

  test('holds every record once, under digests that chain', async () => {
    const { clock, kms, use } = await setUp();
    await use(5);
    const first = await filesOf(kms, { bucket: 'my-bucket', prefix: 'a/b', trailName: 'mine' });
    clock.pass(day);
    await use(3);
    await kms.at({ region: 'eu-west-1' }).createKey();
    const both = await filesOf(kms, { bucket: 'my-bucket', prefix: 'a/b', trailName: 'mine' });
    assert.deepEqual(
      both.slice(0, first.length).map(({ object }) => object),
      first.map(({ object }) => object),
    );
    const { PublicKeyList } = await kms.trail.publicKeys();
    assert.lengthOf(PublicKeyList, 1);
    assert.deepEqual(await checkTrailFiles(both, PublicKeyList), {
      isValid: true,
      problems: [],
      digests: 2,
      logs: 2,
      chains: 1,
    });
    const records = await recordsIn(both);
    assert.deepEqual(
      records.map(({ eventName }) => eventName),
      ['CreateKey', ...Array<string>(8).fill('Encrypt')],
    );
    const looked = (await kms.trail.lookup()).Events.map(({ CloudTrailEvent }) =>
      JSON.parse(CloudTrailEvent),
    ).reverse();
    assert.deepEqual(records, looked);

    const [log, digest] = both;
    assert.match(
      String(log?.object),
      /^a\/b\/AWSLogs\/111122223333\/CloudTrail\/us-east-2\/2030\/01\/01\/111122223333_CloudTrail_us-east-2_20300101T0000Z_[A-Za-z0-9]{16}\.json\.gz$/,
    );
    assert.equal(
      digest?.object,
      'a/b/AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2030/01/01/111122223333_CloudTrail-Digest_us-east-2_mine_us-east-2_20300101T000000Z.json.gz',
    );
    const vector = JSON.parse(ownVectors.digests[0]?.body ?? '{}');
    const content = await contentOf(digest as TrailFile);
    assert.deepEqual(Object.keys(content), Object.keys(vector), 'the members of the published list, in its order');
    assert.deepEqual(Object.keys(content.logFiles[0]), Object.keys(vector.logFiles[0]));
    assert.equal(content.digestPublicKeyFingerprint, PublicKeyList[0]?.Fingerprint);
  });

  test('is the same when it is made again, also after a restart, and grows by the hour', async () => {
    const { clock, store, kms, use } = await setUp();
    await use(2);
    const objects = async (of: Kms) => (await filesOf(of)).map(({ object }) => object);
    const first = await objects(kms);
    assert.deepEqual(await objects(kms), first);
    assert.deepEqual(
      await objects(await openKms({ store, clock: clock.read, accountId: '111122223333', region: 'us-east-2' })),
      first,
    );
    clock.pass(2 * 3_600_000);
    const later = await filesOf(kms);
    assert.lengthOf(later, first.length + 1);
    assert.deepEqual((await contentOf(later.at(-1) as TrailFile)).logFiles, []);
    assert.lengthOf(await filesOf(kms, { since: new Date(clock.now) }), 1);
  });

  test('that somebody changed is not valid', async () => {
    const { clock, kms, use } = await setUp();
    await use(2);
    await filesOf(kms);
    clock.pass(day);
    await use(2);
    const files = await filesOf(kms);
    const { PublicKeyList } = await kms.trail.publicKeys();
    const check = async (changed: TrailFile[]) => kindsOf(await checkTrailFiles(changed, PublicKeyList));
    const [log, digest] = files as [TrailFile, TrailFile];
    const forge = async (file: TrailFile, from: string, to: string): Promise<TrailFile> => ({
      ...file,
      body: await gzip(utf8(new TextDecoder().decode(await gunzip(file.body)).replace(from, to))),
    });
    assert.deepEqual(await check([await forge(log, 'Encrypt', 'Decrypt'), ...files.slice(1)]), ['changed-log']);
    assert.deepEqual(await check(files.slice(1)), ['missing-log']);
    assert.deepEqual(await check([log, ...files.slice(2)]), ['missing-digest', 'unlisted-log']);
    const forged = await forge(digest, 'SHA-256', 'SHA-265');
    assert.sameMembers(await check([log, forged, ...files.slice(2)]), ['bad-signature', 'changed-digest']);
    assert.include(await check([log, { ...digest, bucket: 'other' }, ...files.slice(2)]), 'moved');
    assert.include(await check([log, { ...digest, metadata: {} }, ...files.slice(2)]), 'bad-signature');
    assert.include(
      await check([log, { ...digest, body: flipBit(digest.body, 90) }, ...files.slice(2)]),
      'invalid-format',
    );
    assert.deepEqual(kindsOf(await checkTrailFiles(files, [])), ['unknown-key', 'unknown-key']);
  });

  test('is refused where the trail is not whole', async () => {
    const { store, kms, use } = await setUp();
    await use(2);
    await kms.trail.flush();
    const [row] = await store.list('trail', { limit: 1 });
    await store.commit([], [{ table: 'trail', id: row?.id ?? '' }], 'strict');
    assert.equal((await failure(filesOf(kms))).name, 'StoreCorrupt');
  });

  test('signs with a key that nobody can read', async () => {
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    for (const options of [{}, { root }]) {
      const store = newStore();
      const kms = await openKms({ store, ...options });
      await newKey(kms);
      const files = await filesOf(kms);
      const again = await openKms({ store, ...options });
      assert.isTrue((await checkTrailFiles(files, (await again.trail.publicKeys()).PublicKeyList)).isValid);
      for (const { key, value } of await store.list('materials', { limit: 10 })) {
        if (key) assert.isFalse(key.extractable);
        // A private key as PKCS#8 begins like this.
        assert.notInclude(toBase64(value), 'MIIEv');
      }
      const signer = (await store.list('trail-keys', { limit: 1 }))[0]?.key;
      if (signer) assert.deepEqual([signer.extractable, signer.usages], [false, ['sign']]);
      assert.equal(signer === undefined, 'root' in options);
      assert.lengthOf(fromHex((await again.trail.publicKeys()).PublicKeyList[0]?.Fingerprint ?? ''), 16);
    }
  });

  test('is for administrators, and for places that can be', async () => {
    const { kms } = await setUp();
    const eve = kms.as({ arn: 'arn:aws:iam::111122223333:user/eve' });
    await assertFails(filesOf(eve), 'AccessDeniedException');
    await assertFails(filesOf(kms, { bucket: 'No Bucket' }), 'ValidationException');
    await assertFails(filesOf(kms, { prefix: '/a' }), 'ValidationException');
  });
});
