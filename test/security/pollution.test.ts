// A polluted Object.prototype changes no output byte (threat model, item 9 and 24). Every WebIDL member name of the platform's
// dictionaries is set to a value that would do harm, the whole life of a key runs, and everything still opens.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import { nativeGcm } from '../../src/cipher/native.ts';
import { callsOf, kmsOver, signJwt } from '../../src/edge/index.ts';
import { concat } from '../../src/formats/bytes.ts';
import { sealMessage } from '../../src/formats/cobblestone.ts';
import { importMaterial, materialId, prfOf } from '../../src/keys/material.ts';
import { aesKeyring, decryptObject, decryptRangeUnauthenticated, encryptObject } from '../../src/s3/index.ts';
import { decryptStream, encryptStream } from '../../src/streams/index.ts';
import { pipelined } from '../../src/streams/pipeline.ts';
import { toHex, utf8 } from '../support/bytes.ts';
import { type Kind, kinds, useKey } from '../support/kinds.ts';
import { newKey, newKms } from '../support/kms.ts';

const poison: Record<string, unknown> = {
  tagLength: 32,
  additionalData: new Uint8Array([1]),
  hash: 'SHA-1',
  label: new Uint8Array([1]),
  saltLength: 1,
  length: 8,
  now: { seal() {}, open() {} },
  iv: new Uint8Array(12),
  counter: new Uint8Array(16),
  salt: new Uint8Array(1),
  info: new Uint8Array(1),
  iterations: 1,
  public: {},
  namedCurve: 'P-256',
  modulusLength: 1,
  publicExponent: new Uint8Array([1]),
  key: 'poison',
  value: undefined,
  id: 'poison',
  table: 'poison',
  version: 'poison',
  durability: 'relaxed',
  keyPath: 'poison',
  autoIncrement: true,
  unique: true,
  multiEntry: true,
  mode: 'exclusive',
  ifAvailable: true,
  steal: true,
  signal: undefined,
  once: true,
  passive: true,
  capture: true,
  fatal: false,
  ignoreBOM: false,
  stream: true,
  cause: 'poison',
  extractable: true,
  KeyId: 'alias/poison',
  DryRun: true,
  EncryptionContext: { poison: '1' },
  GrantTokens: ['poison'],
  KeySpec: 'RSA_2048',
  NumberOfBytes: 7,
  MultiRegion: true,
  Limit: 1,
  Marker: 'poison',
  abortSignal: { aborted: true },
  requestTimeout: 1,
  store: {},
  root: {},
  twin: {},
  publicKey: 'poison',
  KeyUsage: 'SIGN_VERIFY',
  MessageType: 'DIGEST',
  SigningAlgorithm: 'ECDSA_SHA_256',
  Recipient: {},
  context: new Uint8Array([1]),
  prehash: true,
  lowS: true,
  extraEntropy: false,
  zip215: true,
  accountId: '999999999999',
  region: 'eu-west-1',
  clock: () => 0,
  deletionAt: 1,
  deletionWindow: 1,
  next: { id: 'poison', rotation: {} },
  rotation: { periodInDays: 90, nextAt: 1 },
  regions: { primary: 'eu-west-1', replicas: [] },
  imported: { expiresAt: 1 },
  deadline: 1,
  after: 'zzzz',
  limit: 1,
  ext: false,
  alg: 'none',
  use: 'enc',
  key_ops: [],
  instruction: '{}',
  last: 3,
  bufferLimit: 16,
  commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
  instructionFile: true,
  materialDescription: { poison: '1' },
  legacyWrapping: true,
  legacyUnauthenticatedContent: true,
  instructionSuffix: '.poison',
  k: '',
  trail: 'off',
  trailSince: 1,
  trailRetention: { days: 1, records: 1 },
  days: 1,
  records: 1,
  anchor: { trail: 'poison', sequence: 1, mac: '' },
  accessKeyId: 'poison',
  first: 1,
  previous: 'poison',
};

// Node 20 aborts the whole process by itself when HMAC is used under an inherited `kty`; we use no JWK anywhere.
const { process } = globalThis as { process?: { versions?: { node?: string } } };
if (!process?.versions?.node?.startsWith('20.')) poison['kty'] = 'oct';

function pollute(): void {
  for (const [name, value] of Object.entries(poison)) {
    Object.defineProperty(Object.prototype, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
function clean(): void {
  for (const name of Object.keys(poison)) delete (Object.prototype as Record<string, unknown>)[name];
}

/** Bytes that depend on fixed input only. */
async function fixedBytes(): Promise<string> {
  const material = await importMaterial(Uint8Array.from({ length: 32 }, (_, i) => i));
  const id = await materialId(material, '12345678-1234-4234-8234-123456789abc');
  const message = await sealMessage(prfOf(material), nativeGcm, new Uint8Array(24), utf8('context'), utf8('plaintext'));
  return `${id} ${toHex(message)}`;
}

describe('polluted Object.prototype', () => {
  afterEach(clean);

  test('the harm is real: without care, WebCrypto takes the polluted tag length', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    pollute();
    const sealed = await crypto.subtle
      .encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(0))
      .catch(() => undefined);
    clean();
    // 4 bytes of tag, or a refusal, where WebIDL is followed; 16 where the runtime reads own members only.
    assert.include([undefined, 4, 16], sealed?.byteLength);
  });

  test('changes no byte of material ids and ciphertexts', async () => {
    const expected = await fixedBytes();
    pollute();
    const found = await fixedBytes();
    clean();
    assert.equal(found, expected);
  });

  test('changes nothing in the whole life of a key', async () => {
    // What is loaded at its first use is loaded before: module loaders of test runners break under pollution.
    await wholeLife();
    pollute();
    const outcome = await wholeLife().then(
      (value) => value,
      (error: unknown) => error,
    );
    clean();
    if (outcome instanceof Error) throw outcome;
    assert.deepEqual(outcome, [
      'us-east-1',
      'PendingDeletion',
      'secret',
      'secret',
      'Disabled',
      '32',
      'alias/a',
      'false',
      '155',
    ]);
  });
});

describe('polluted Object.prototype and objects of S3', () => {
  afterEach(clean);

  test('changes no format, no option and no byte', async () => {
    const keyring = aesKeyring(new Uint8Array(32).fill(5));
    const plaintext = utf8('0123456789 to be read in parts');
    const before = await encryptObject(plaintext, { keyring });
    pollute();
    const outcome = await (async () => {
      const own = aesKeyring(new Uint8Array(32).fill(5));
      const written = await encryptObject(plaintext, { keyring: own });
      const streamed = await encryptObject(new Blob([plaintext]), { keyring: own });
      const names = Object.keys(written.metadata).sort().join();
      const read = [
        await decryptObject(before, { keyring: own }),
        await decryptObject({ ...streamed, body: streamed.body.stream() }, { keyring: own }).then((stream) =>
          new Response(stream).arrayBuffer(),
        ),
        await decryptRangeUnauthenticated(
          { ...before, offset: 0, size: before.body.length },
          { first: 2 },
          { keyring: own },
        ),
      ];
      return [names, ...read.map((bytes) => toHex(new Uint8Array(bytes)))];
    })().then(
      (value) => value,
      (error: unknown) => error,
    );
    clean();
    if (outcome instanceof Error) throw outcome;
    const names = 'x-amz-3,x-amz-c,x-amz-d,x-amz-i,x-amz-w';
    assert.deepEqual(outcome, [names, toHex(plaintext), toHex(plaintext), toHex(plaintext.slice(2))]);
  });
});

describe('polluted Object.prototype and streams, tokens and calls between workers', () => {
  /** Names of options, of answers, and of what streams are made of. */
  const others: Record<string, unknown> = {
    EncryptionContext: { poison: '1' },
    KeyId: 'alias/poison',
    header: new Uint8Array(3),
    workers: 'poison',
    readableType: 'bytes',
    type: 'bytes',
    flush: 1,
    start: 1,
    kid: 'poison',
  };
  async function underPollution<T>(name: string, value: unknown, work: () => Promise<T>): Promise<T> {
    Object.defineProperty(Object.prototype, name, { value, writable: true, configurable: true, enumerable: false });
    try {
      return await work();
    } finally {
      delete (Object.prototype as Record<string, unknown>)[name];
    }
  }

  test('an answer without an error has none', async () => {
    const remote = kmsOver(async () => ({ output: { Keys: [] } }));
    const { Keys } = await underPollution('error', { code: 'Poison' }, () => remote.listKeys({}));
    assert.deepEqual(Keys, []);
    const parts = pipelined(1, async () => undefined);
    assert.isTrue((await underPollution('error', 'poison', () => parts.next())).done);
  });

  test('a stream is bound to what its options say, and nothing gets into a token', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const signer = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const remote = kmsOver(callsOf(kms));
    const source = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]).stream();
    const work = async (): Promise<[Uint8Array, string, number]> => {
      const pair = encryptStream(kms, { KeyId });
      const reader = pair.readable.getReader();
      const writer = pair.writable.getWriter();
      writer.write(utf8('secret')).then(() => writer.close());
      const pieces: Uint8Array[] = [];
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        pieces.push(value);
      }
      const token = await signJwt(kms, { KeyId: signer, alg: 'ES256' }, { sub: 'ada' });
      return [concat(...pieces), token, (await remote.listKeys({})).Keys.length];
    };
    await work();
    for (const [name, value] of Object.entries(others)) {
      const [sealed, token, count] = await underPollution(name, value, work);
      assert.equal(count, 2);
      assert.equal(atob(token.split('.')[0] ?? ''), '{"alg":"ES256","typ":"JWT"}', name);
      assert.equal(await new Response(source(sealed).pipeThrough(decryptStream(kms))).text(), 'secret', name);
    }
  });
});

describe('polluted Object.prototype and kinds of keys', () => {
  afterEach(clean);

  for (const kind of kinds) {
    test(`changes nothing in the life of ${kind.KeySpec} for ${kind.KeyUsage}`, { timeout: 60_000 }, async () => {
      // What a family needs is loaded before: some refuse to be loaded under pollution.
      await lifeOf(kind);
      pollute();
      const outcome = await lifeOf(kind).then(
        () => undefined,
        (error: unknown) => error,
      );
      clean();
      if (outcome !== undefined) throw outcome;
    });
  }
});

async function lifeOf(kind: Kind): Promise<void> {
  const kms = await newKms();
  const KeyId = await newKey(kms, kind);
  kms.destroy();
  await useKey(kms, KeyId);
}

async function wholeLife(): Promise<string[]> {
  const kms = await newKms();
  const KeyId = await newKey(kms);
  const other = await newKey(kms);
  const arn = (await kms.describeKey({ KeyId })).KeyMetadata.Arn;
  await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
  const sealed = await kms.encrypt({ KeyId: 'alias/a', Plaintext: utf8('secret') });
  const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const first = text((await kms.decrypt({ CiphertextBlob: sealed.CiphertextBlob })).Plaintext);
  const moved = await kms.reEncrypt({ CiphertextBlob: sealed.CiphertextBlob, DestinationKeyId: other });
  kms.destroy();
  const second = text((await kms.decrypt({ CiphertextBlob: moved.CiphertextBlob })).Plaintext);
  const data = await kms.generateDataKey({ KeyId, NumberOfBytes: 32 });
  const aliases = await kms.listAliases({ KeyId });
  const { Truncated } = await kms.listKeys();
  const { KeyState: pending } = await kms.scheduleKeyDeletion({ KeyId });
  await kms.cancelKeyDeletion({ KeyId });
  const { KeyState: state } = (await kms.describeKey({ KeyId })).KeyMetadata;
  return [
    arn.split(':')[3] as string,
    pending,
    first,
    second,
    state,
    `${data.Plaintext.length}`,
    aliases.Aliases.map(({ AliasName }) => AliasName).join(),
    `${Truncated}`,
    `${data.CiphertextBlob.length}`,
  ];
}
