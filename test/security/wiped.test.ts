// Key bytes pass through JavaScript for a moment where the platform has no other way. Whatever is handed to the platform as a key, and
// whatever comes out of a key as another key, is zero when the call is over.
import { assert } from 'chai';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { nodeCrypto } from '../../src/cipher/node-crypto.ts';
import { decrypt, encrypt, rawAesKeyring } from '../../src/esdk/index.ts';
import { memoryStore, openKms } from '../../src/index.ts';
import { aesKeyring, decryptObject, encryptObject } from '../../src/s3/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import { decryptStream, encryptStream, gcmDecryptStream, gcmEncryptStream } from '../../src/streams/index.ts';
import { random, toHex, utf8 } from '../support/bytes.ts';
import { newKey, newKms } from '../support/kms.ts';
import { assertLives, live, quick } from '../unlock/support.ts';

type Call = (...given: unknown[]) => unknown;
interface Hooked {
  [name: string]: Call;
}
interface Seen {
  readonly what: string;
  readonly bytes: Uint8Array;
}

const seen: Seen[] = [];
const undo: (() => void)[] = [];

/** Calls `look` with what a function was given, and with what came of it. */
function hook(target: object, name: string, look: (given: readonly unknown[], result: unknown) => void): void {
  const methods = target as Hooked;
  const original = methods[name] as Call;
  methods[name] = function (this: unknown, ...given: unknown[]) {
    const result = original.apply(this, given);
    look(given, result);
    return result;
  };
  undo.push(() => {
    methods[name] = original;
  });
}

const bytesOf = (source: unknown): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source as ArrayBuffer);
const note = (what: string, bytes: unknown): void => void seen.push({ what, bytes: bytesOf(bytes) });

/** Messages whose MAC is a key, by what they begin or go on with. */
const derivations = ['c2sp.org/chunked-encryption', 'keyhaven/v1/sealer\0'];
const publicKeys = ['ECDH', 'X25519', 'Ed25519', 'ECDSA'];

beforeEach(() => {
  const { subtle } = globalThis.crypto;
  const prototype = Object.getPrototypeOf(subtle) as object;
  hook(prototype, 'importKey', ([format, data, algorithm]) => {
    const name = typeof algorithm === 'string' ? algorithm : (algorithm as { name: string }).name;
    const isSecret = format === 'pkcs8' || (format === 'raw' && !publicKeys.includes(name));
    // The message id of an S3 object is the salt of HKDF, and so the key of its first HMAC.
    const isSalt = name === 'HMAC' && bytesOf(data).length === 28;
    if (isSecret && !isSalt) note(`importKey ${name}`, data);
  });
  hook(prototype, 'sign', ([, , message], result) => {
    const text = String.fromCharCode(...bytesOf(message).subarray(0, 128));
    if (derivations.some((label) => text.includes(label)))
      (result as Promise<ArrayBuffer>).then((mac) => note('what was derived', mac));
  });
  if (nodeCrypto !== undefined) {
    hook(nodeCrypto, 'createSecretKey', ([key]) => note('createSecretKey', key));
    hook(nodeCrypto, 'hkdfSync', ([, key]) => note('hkdfSync', key));
  }
});

afterEach(() => {
  for (const back of undo.splice(0)) back();
  seen.length = 0;
});

function assertWiped(least: number): void {
  assert.isAtLeast(seen.length, least);
  for (const { what, bytes } of seen)
    assert.isTrue(
      bytes.every((byte) => byte === 0),
      `${what}, ${bytes.length} bytes`,
    );
}

const through = (bytes: Uint8Array, pair: ReadableWritablePair<Uint8Array, Uint8Array>): Promise<Uint8Array> =>
  new Response(new Blob([new Uint8Array(bytes)]).stream().pipeThrough(pair))
    .arrayBuffer()
    .then((buffer) => new Uint8Array(buffer));

describe('key bytes are wiped when a call is over', () => {
  test('of the KMS, by the device and under a root', async () => {
    for (const options of [
      {},
      { mode: 'recoverable', slots: [quick('a passphrase that is long enough')] } as const,
      { mode: 'locked', slots: [quick('a passphrase that is long enough')] } as const,
    ]) {
      const kms = await newKms(options as never);
      await assertLives(kms, await live(kms));
      kms.destroy();
    }
    const wrapped = await openKms({ store: memoryStore(), root: await rootKey() });
    await assertLives(wrapped, await live(wrapped));
    assertWiped(12);
  });

  test('of sealers', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const store = memoryStore();
    const sealer = await openSealer(kms, { KeyId, store });
    const record = sealer.seal(utf8('x'));
    sealer.wipe();
    await sealer.prepare([record]);
    assert.deepEqual(sealer.open(record), utf8('x'));
    sealer.close();
    assertWiped(4);
  });

  test('of streams', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const plaintext = random(50_000);
    const sealed = await through(plaintext, encryptStream(kms, { KeyId }));
    assert.equal(toHex(await through(sealed, decryptStream(kms))), toHex(plaintext));
    const options = { key: random(32), iv: random(12) };
    const message = await through(plaintext, gcmEncryptStream(options));
    assert.equal(toHex(await through(message, gcmDecryptStream(options))), toHex(plaintext));
    assertWiped(4);
  });

  test('of the Encryption SDK and of S3', async () => {
    const keyring = rawAesKeyring({ keyNamespace: 'space', keyName: 'name', wrappingKey: random(32) });
    const plaintext = random(10_000);
    assert.equal(toHex((await decrypt(keyring, await encrypt(keyring, plaintext))).plaintext), toHex(plaintext));
    const objects = aesKeyring(random(32));
    const object = await encryptObject(plaintext, { keyring: objects });
    assert.equal(toHex(await decryptObject(object, { keyring: objects })), toHex(plaintext));
    assertWiped(6);
  });
});

const rootKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
