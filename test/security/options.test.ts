// Callers' mistakes (threat model, item 24): a member of options that is misspelt is refused by its name, everywhere, because what it was
// meant to protect would go unprotected; and options that are no object are told as such.
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { kmsFetchListener, kmsRequestHandler } from '../../src/aws-sdk/index.ts';
import {
  addDevice,
  deviceKey,
  httpRelayTransport,
  offerDevice,
  otherDevice,
  relayHandler,
} from '../../src/devices/index.ts';
import { callsOf, createDoor, keyringObject, kmsOver, signJwt, tenants } from '../../src/edge/index.ts';
import * as esdk from '../../src/esdk/index.ts';
import { connectKms, hostKms } from '../../src/host/index.ts';
import { createHandler } from '../../src/http/index.ts';
import { indexedDbStore, KmsError, memoryStore, openKms } from '../../src/index.ts';
import { deleteRecords, openRecords } from '../../src/records/index.ts';
import { recordsDriver } from '../../src/records/unstorage.ts';
import * as s3 from '../../src/s3/index.ts';
import { openSealer, type Sealer } from '../../src/sealer/index.ts';
import { denoKvStore } from '../../src/store/deno-kv.ts';
import { durableObjectStore } from '../../src/store/durable-object.ts';
import { postgresStore } from '../../src/store/postgres.ts';
import * as streams from '../../src/streams/index.ts';
import {
  autoLock,
  kmsKey,
  newRecoveryCode,
  passkey,
  passphrase,
  recoveryCode,
  secret,
} from '../../src/unlock/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { newKey, newKms } from '../support/kms.ts';

const kms = await newKms();
const KeyId = await newKey(kms);
const blob = new Blob([random(100)]);
const credential = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'x', principalArn: 'arn:aws:iam::000000000000:root' };
const names = { keyNamespace: 'tests', keyName: 'one' };
const aes = esdk.rawAesKeyring({ ...names, wrappingKey: random(32) });
const keyring = s3.aesKeyring(random(32));
const objects = { getObject: async () => ({}), putObject: async () => ({}) };
const storage = { getAlarm: async () => null, setAlarm: async () => {} };
const gcm = { key: random(32), iv: random(12) };
const [confirm, transport] = [async () => true, () => ({}) as never];
const stream = () => blob.stream();

// It has a place in the core, which other files may share.
let sealer: Sealer;
beforeAll(async () => {
  sealer = await openSealer(kms, { KeyId, store: memoryStore() });
});
afterAll(() => sealer.close());

/** What is called with options, all that are needed and `more`. */
type Call = (more: object) => unknown;
const optionsOf: Record<string, Call> = {
  openKms: (more) => openKms({ store: memoryStore(), ...more }),
  'openKms trailRetention': (more) => openKms({ store: memoryStore(), trailRetention: { days: 1, ...more } }),
  'kms.as': (more) => kms.as({ arn: credential.principalArn, ...more }),
  'kms.at': (more) => kms.at({ ...more }),
  'kms.export': (more) => kms.export({ ...more }),
  'kms.import': (more) => kms.import({ from: blob, by: secret(random(32)), ...more }),
  'kms.upgrade': (more) => kms.upgrade({ to: 'device', ...more }),
  'kms.rewrap': (more) => kms.rewrap({ ...more }),
  'kms.slots.add': (more) => kms.slots.add(secret(random(32)), { ...more }),
  'kms.slots.rotate': (more) => kms.slots.rotate('0'.repeat(32), secret(random(32)), { ...more }),
  'kms.devices.revoke': (more) => kms.devices.revoke('0'.repeat(32), { ...more }),
  'kms.trail.verify': (more) => kms.trail.verify({ ...more }),
  'kms.trail.export': (more) => kms.trail.export({ ...more }).next(),
  indexedDbStore: (more) => indexedDbStore('unused', { ...more }),
  denoKvStore: (more) => denoKvStore({ getMany() {}, list() {}, atomic() {} } as never, { ...more }),
  postgresStore: (more) => postgresStore({ query() {}, connect() {} } as never, { ...more }),
  kmsFetchListener: (more) => kmsFetchListener(kms, { ...more }),
  addDevice: (more) => addDevice(kms, { name: 'a', code: '', confirm, transport, ...more }),
  'addDevice keys': (more) =>
    addDevice(kms, { name: 'a', code: '', confirm, transport, keys: [{ KeyId: 'x', ...more }] }),
  offerDevice: (more) => offerDevice(kms, { name: 'a', onCode: () => {}, confirm, transport, ...more }),
  deviceKey: (more) => deviceKey({ store: memoryStore(), ...more }),
  otherDevice: (more) => otherDevice(random(65), { ...more }),
  httpRelayTransport: (more) => httpRelayTransport('https://relay.example', { ...more }),
  relayHandler: (more) => relayHandler({ ...more }),
  createDoor: (more) => createDoor({ credentials: [credential], keyringOf: () => ({}) as never, ...more }),
  keyringObject: (more) => keyringObject({ credentials: [credential], storage, open: () => kms, ...more }),
  tenants: (more) => tenants({ open: () => kms, ...more }),
  'tenants rate': (more) => tenants({ open: () => kms, rate: { perSecond: 1, ...more } }),
  signJwt: (more) => signJwt(kms, { KeyId, alg: 'ES256', ...more }, {}),
  'esdk.encrypt': (more) => esdk.encrypt(aes, utf8('x'), { ...more }),
  'esdk.decrypt': (more) => esdk.decrypt(aes, utf8('x'), { ...more }),
  'esdk.encryptStream': (more) => esdk.encryptStream(aes, { ...more }),
  'esdk.decryptStream': (more) => esdk.decryptStream(aes, { ...more }),
  'esdk.kmsKeyring': (more) => esdk.kmsKeyring({ client: kms, generatorKeyId: KeyId, ...more }),
  'esdk.kmsKeyring discoveryFilter': (more) =>
    esdk.kmsKeyring({
      client: kms,
      discovery: true,
      discoveryFilter: { partition: 'aws', accountIds: ['000000000000'], ...more },
    }),
  'esdk.multiKeyring': (more) => esdk.multiKeyring({ generator: aes, ...more }),
  'esdk.rawAesKeyring': (more) => esdk.rawAesKeyring({ ...names, wrappingKey: random(32), ...more }),
  'esdk.rawRsaKeyring': (more) => esdk.rawRsaKeyring({ ...names, padding: 'oaep-sha256', ...more }),
  connectKms: (more) => connectKms(new MessageChannel().port1, { deadline: 50, ...more }),
  hostKms: (more) => hostKms(kms, { callers: [{ origin: 'https://app.example' }], ...more }),
  'hostKms callers': (more) => hostKms(kms, { callers: [{ origin: 'https://app.example', ...more }] }),
  'hostKms rate': (more) => hostKms(kms, { callers: [{ origin: 'https://app.example', rate: { burst: 1, ...more } }] }),
  createHandler: (more) => createHandler(kms, { credentials: [credential], ...more }),
  'createHandler credentials': (more) => createHandler(kms, { credentials: [{ ...credential, ...more }] }),
  'createHandler unsignedOnLoopback': (more) =>
    createHandler(kms, { unsignedOnLoopback: { principalArn: credential.principalArn, ...more } }),
  openRecords: (more) => openRecords('unused', { kms, keyId: KeyId, stores: { notes: {} }, ...more }),
  'openRecords store': (more) => openRecords('unused', { kms, keyId: KeyId, stores: { notes: { ...more } } }),
  deleteRecords: (more) => deleteRecords('unused', { ...more }),
  recordsDriver: (more) => recordsDriver({ name: 'unused', kms, keyId: KeyId, ...more }),
  's3.encryptObject': (more) => s3.encryptObject(utf8('x'), { keyring, ...more }),
  's3.decryptObject': (more) => s3.decryptObject({ body: utf8('x'), metadata: {} }, { keyring, ...more }),
  's3.encryptedS3': (more) => s3.encryptedS3(objects, { keyring, ...more }),
  's3 putObject': (more) => s3.encryptedS3(objects, { keyring }).putObject({ Bucket: 'b', Key: 'k' }, { ...more }),
  's3 getObject': (more) => s3.encryptedS3(objects, { keyring }).getObject({ Bucket: 'b', Key: 'k' }, { ...more }),
  's3.rangeHeader': (more) => s3.rangeHeader({ first: 1, ...more }),
  's3.kmsKeyring': (more) => s3.kmsKeyring(kms, { ...more }),
  's3.aesKeyring': (more) => s3.aesKeyring(random(32), { ...more }),
  's3.rsaKeyring': (more) => s3.rsaKeyring({ ...more }),
  openSealer: (more) => openSealer(kms, { KeyId, store: memoryStore(), ...more }),
  'sealer.seal': (more) => sealer.seal(utf8('x'), { ...more }),
  'sealer.open': (more) => sealer.open(sealer.seal(utf8('x')), { ...more }),
  'sealer.sealMany': (more) => sealer.sealMany([utf8('x')], { ...more }),
  'streams.encryptStream': (more) => streams.encryptStream(kms, { KeyId, ...more }),
  'streams.decryptStream': (more) => streams.decryptStream(kms, { ...more }),
  'streams.encryptBlob': (more) => streams.encryptBlob(kms, blob, { KeyId, ...more }),
  'streams.decryptBlob': (more) => streams.decryptBlob(kms, blob, { ...more }),
  'streams.openEncrypted': (more) => streams.openRandomAccess(kms, blob, { ...more }),
  'streams.rewrapHeader': (more) => streams.rewrapHeader(kms, random(100), { KeyId, ...more }),
  'streams.rangeResponse': (more) =>
    streams.rangeResponse({ plaintextLength: 1, stream } as never, new Request('https://a.example'), { ...more }),
  'streams.gcmEncryptStream': (more) => streams.gcmEncryptStream({ ...gcm, ...more }),
  'streams.gcmDecryptStream': (more) => streams.gcmDecryptStream({ ...gcm, ...more }),
  'streams.gcmDecryptStreamUnverified': (more) => streams.gcmDecryptStreamUnverified({ ...gcm, ...more }),
  'streams.openStreamWorkers': (more) => streams.openStreamWorkers({ ...more }).close(),
  autoLock: (more) => autoLock(kms, { onHide: true, ...more }),
  kmsKey: (more) => kmsKey(kms, { KeyId, ...more }),
  passkey: (more) => passkey({ ...more }),
  passphrase: (more) => passphrase('correct horse battery', { ...more }),
  recoveryCode: (more) => recoveryCode(newRecoveryCode(), { ...more }),
  secret: (more) => secret(random(32), { ...more }),
};

const host = { callers: [{ origin: 'https://app.example' }] };
const signed = { credentials: [credential] };
const sealed = await s3.encryptObject(utf8('x'), { keyring });
/** Bytes whose buffer is somebody else's now. */
function detached(): Uint8Array {
  const bytes = random(40);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}
const given = (value: unknown) => value as never;
const rooted = await newKms({ mode: 'recoverable', slots: [secret(random(32))] });

/** What is given where something else belongs, and the argument that the error names. */
const wrong: readonly (readonly [name: string, argument: string, call: () => unknown])[] = [
  ['openKms', 'options must be an object', () => openKms(given('name'))],
  ['openKms', 'name', () => openKms({ name: given(5) })],
  ['openKms', 'newKeyId', () => openKms({ store: memoryStore(), newKeyId: given('mrk') })],
  ['openKms', 'otherRoots', () => openKms({ store: memoryStore(), root: given({}), otherRoots: given({}) })],
  ['openKms', 'trustClock', () => openKms({ store: memoryStore(), trustClock: given('false') })],
  ['kms.as', 'isAdministrator', () => kms.as({ arn: credential.principalArn, isAdministrator: given('true') })],
  ['kms.as', 'viaService', () => kms.as({ arn: credential.principalArn, viaService: given(5) })],
  ['kms.as', 'userAgent', () => kms.as({ arn: credential.principalArn, userAgent: given({}) })],
  ['rooted.export', 'to', () => rooted.export({ to: given(5) })],
  ['rooted.export', 'records', () => rooted.export({ records: given(5) })],
  ['rooted.export', 'onProgress', () => rooted.export({ onProgress: given('x') })],
  ['rooted.import', 'onRecord', () => rooted.import({ from: blob, by: secret(random(32)), onRecord: given('x') })],
  [
    'rooted.import',
    'allowRollback',
    () => rooted.import({ from: blob, by: secret(random(32)), allowRollback: given(1) }),
  ],
  ['kms.onLock', 'listener', () => kms.onLock(given(undefined))],
  ['kms.onOnlyCopy', 'listener', () => kms.onOnlyCopy(given(5))],
  ['rooted.limitIdle', 'milliseconds', () => rooted.limitIdle(Number.NaN)],
  ['kms.trail.verify', 'anchor', () => kms.trail.verify({ anchor: given('{"mac":""}') })],
  ['indexedDbStore', 'name', () => indexedDbStore(given(undefined))],
  ['indexedDbStore', 'deadline', () => indexedDbStore('unused', { deadline: Number.NaN })],
  ['indexedDbStore', 'deadline', () => indexedDbStore('unused', { deadline: 2 ** 31 })],
  ['postgresStore', 'pool', () => postgresStore(given(undefined))],
  [
    'postgresStore',
    'deadline',
    () => postgresStore(given({ query() {}, connect() {} }), { deadline: Number.POSITIVE_INFINITY }),
  ],
  ['denoKvStore', 'kv', () => denoKvStore(given(Promise.resolve({})))],
  ['durableObjectStore', 'storage', () => durableObjectStore(given({ storage: {} }))],
  ['kmsFetchListener', 'kms', () => kmsFetchListener(given(undefined))],
  ['kmsRequestHandler', 'kms', () => kmsRequestHandler(given({}))],
  ['kmsFetchListener', 'isForKms', () => kmsFetchListener(kms, { isForKms: given(/kms/) })],
  ['hostKms', 'kms', () => hostKms(given(openKms), host)],
  ['host.accept', 'port', () => hostKms(kms, host).accept(given({}), 'https://app.example')],
  [
    'hostKms',
    'isAdministrator',
    () => hostKms(kms, { callers: [{ origin: 'https://app.example', isAdministrator: given(1) }] }),
  ],
  ['connectKms', 'deadline', () => connectKms(new MessageChannel().port1, { deadline: 2 ** 31 })],
  ['createHandler', 'kms', () => createHandler(given(Promise.resolve(kms)), signed)],
  ['createHandler', 'credentials', () => createHandler(kms, { credentials: given({}) })],
  [
    'createHandler',
    'expiration',
    () => createHandler(kms, { credentials: [{ ...credential, expiration: new Date('never') }] }),
  ],
  [
    'createHandler',
    'allowedOrigins',
    () => createHandler(kms, { ...signed, allowedOrigins: given('https://app.example.com') }),
  ],
  ['createHandler', 'maxBodyTime', () => createHandler(kms, { ...signed, maxBodyTime: 2 ** 31 })],
  ['createHandler', 'onCall', () => createHandler(kms, { ...signed, onCall: given({}) })],
  ['tenants', 'rate', () => tenants({ open: () => kms, rate: given(0) })],
  ['createDoor', 'rate', () => createDoor({ ...signed, keyringOf: () => given({}), rate: given(null) })],
  ['createDoor', 'keyringOf', () => createDoor({ ...signed, keyringOf: given(undefined) })],
  ['keyringObject', 'storage', () => keyringObject({ ...signed, storage: given({ storage }), open: () => kms })],
  ['keyringObject', 'open', () => keyringObject({ ...signed, storage, open: given(kms) })],
  ['signJwt', 'kms', () => signJwt(given(undefined), { KeyId, alg: 'ES256' }, {})],
  ['callsOf', 'kms', () => callsOf(given(Promise.resolve(kms)))],
  ['kmsOver', 'call', () => kmsOver(given(undefined))],
  ['otherDevice', 'label', () => otherDevice(random(65), { label: given(5) })],
  ['httpRelayTransport', 'pause', () => httpRelayTransport('https://relay.example', { pause: given('1s') })],
  ['relayHandler', 'life', () => relayHandler({ life: given('10m') })],
  ['relayHandler', 'mostTotalBytes', () => relayHandler({ mostTotalBytes: Number.NaN })],
  ['encryptStream', 'kms', () => streams.encryptStream(given(Promise.resolve(kms)), { KeyId })],
  ['decryptStream', 'kms', () => streams.decryptStream(given(undefined))],
  ['decryptStream', 'KeyId', () => streams.decryptStream(kms, { KeyId: given(5) })],
  ['decryptStream', 'header', () => streams.decryptStream(kms, { header: given(5) })],
  ['decryptStream', 'header', () => streams.decryptStream(kms, { header: given(new DataView(new ArrayBuffer(9))) })],
  ['decryptStream', 'header', () => streams.decryptStream(kms, { header: detached() })],
  ['openEncrypted', 'source', () => streams.openEncrypted(kms, given(undefined))],
  ['openEncrypted', 'size of the source', () => streams.openEncrypted(kms, { size: -1, read: async () => random(0) })],
  ['rewrapHeader', 'header', () => streams.rewrapHeader(kms, given(new ArrayBuffer(9)), { KeyId })],
  ['rewrapHeader', 'kms', () => streams.rewrapHeader(given(undefined), random(9), { KeyId })],
  ['openSealer', 'kms', () => openSealer(given(Promise.resolve(kms)), { KeyId, store: memoryStore() })],
  ['openSealer', 'store', () => openSealer(kms, { KeyId, store: given(Promise.resolve()) })],
  ['openSealer', 'clock', () => openSealer(kms, { KeyId, store: memoryStore(), clock: given(5) })],
  ['sealMany', 'plaintexts', () => sealer.sealMany(given(undefined))],
  ['openMany', 'records', () => sealer.openMany(given({}))],
  ['prepare', 'records', () => sealer.prepare(given(undefined))],
  ['sealAsync', 'plaintext is detached', () => sealer.sealAsync(detached())],
  ['openAsync', 'record is detached', () => sealer.openAsync(detached())],
  ['s3.encryptObject', 'body is detached', () => s3.encryptObject(detached(), { keyring })],
  [
    's3.decryptObject',
    'body is detached',
    () => s3.decryptObject({ body: detached(), metadata: sealed.metadata }, { keyring }),
  ],
  ['s3.aesKeyring', 'key is detached', () => s3.aesKeyring(detached())],
  ['s3.kmsKeyring', 'kms', () => s3.kmsKeyring(given(Promise.resolve(kms)))],
  ['esdk.decrypt', 'message is detached', () => esdk.decrypt(aes, detached())],
  ['secret', 'secret is detached', () => secret(detached())],
  ['autoLock', 'kms', () => autoLock(given(Promise.resolve(kms)), { idle: 1000 })],
  ['autoLock', 'onHide', () => autoLock(rooted, { idle: 1000, onHide: given(1) })],
];

/** What a call throws or rejects with. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('options', () => {
  for (const [name, call] of Object.entries(optionsOf)) {
    test(`of ${name} have no member that nobody reads`, async () => {
      const error = await failureOf(() => call({ encriptionContext: { a: '1' } }));
      assert.instanceOf(error, KmsError, String(error));
      assert.equal(error.name, 'ValidationException', error.message);
      assert.include(error.message, 'encriptionContext is not known', error.message);
    });
  }

  for (const [name, argument, call] of wrong) {
    test(`and arguments of another type are refused: ${argument} of ${name}`, async () => {
      const error = await failureOf(call);
      assert.instanceOf(error, KmsError, String(error));
      assert.include(['ValidationException', 'SerializationException'], error.name);
      assert.include(error.message, argument);
    });
  }
});
