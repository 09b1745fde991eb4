// Messages written and read by ourselves: every suite, sizes around frames, contexts, options, and what is refused.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import {
  decrypt,
  type EncryptOptions,
  encrypt,
  type Keyring,
  multiKeyring,
  rawAesKeyring,
  rawRsaKeyring,
  type SuiteId,
} from '../../src/esdk/index.ts';
import { parseHeader } from '../../src/formats/esdk/header.ts';
import { isCommitting, suiteIds, suiteOf } from '../../src/formats/esdk/suites.ts';
import { KmsError } from '../../src/index.ts';
import { type Bytes, flipBit, random, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';

const keyNamespace = 'tests';
const keyring = rawAesKeyring({ keyNamespace, keyName: 'one', wrappingKey: random(32) });
const policyOf = (id: SuiteId) =>
  isCommitting(suiteOf(id) as never) ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT';
const optionsOf = (suiteId: SuiteId) => ({ suiteId, commitmentPolicy: policyOf(suiteId) }) as const;
const headerOf = (message: Bytes) => {
  const parsed = parseHeader(message);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
};

describe('messages', () => {
  for (const suiteId of suiteIds)
    test(`of suite ${suiteId.toString(16).padStart(4, '0')} come back, at all sizes around a frame`, async () => {
      for (const wrappingKey of [random(16), random(24), random(32)]) {
        const own = rawAesKeyring({ keyNamespace, keyName: 'ключ', wrappingKey });
        for (const length of [0, 1, 63, 64, 65, 128, 200]) {
          const plaintext = random(length);
          const encryptionContext = { '\u{10000}': 'astral', '｡': 'half', Z: '', a: 'b', '': 'empty' };
          const message = await encrypt(own, plaintext, { ...optionsOf(suiteId), encryptionContext, frameLength: 64 });
          const opened = await decrypt(own, message, { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' });
          assert.deepEqual(opened.plaintext, plaintext);
          assert.equal(opened.suiteId, suiteId);
          assert.deepOwnInclude({ ...opened.encryptionContext }, encryptionContext);
          assert.equal('aws-crypto-public-key' in opened.encryptionContext, suiteOf(suiteId)?.curve !== undefined);
        }
      }
    });

  test('take an option that is undefined as one that was left out', async () => {
    const several = multiKeyring({ generator: keyring, children: undefined });
    const message = await encrypt(several, utf8('a note'), {
      encryptionContext: undefined,
      requiredEncryptionContextKeys: undefined,
      suiteId: undefined,
      commitmentPolicy: undefined,
      frameLength: undefined,
      maxEncryptedDataKeys: undefined,
    });
    const opened = await decrypt(keyring, message, {
      encryptionContext: undefined,
      commitmentPolicy: undefined,
      maxEncryptedDataKeys: undefined,
    });
    assert.deepEqual(opened.plaintext, utf8('a note'));
  });

  test('are signed and commit to their key unless asked otherwise, in frames of 4096 bytes', async () => {
    const message = await encrypt(keyring, random(10));
    assert.equal(headerOf(message).suite.id, 0x0578);
    assert.equal(headerOf(message).frameLength, 4096);
    const old = await encrypt(keyring, random(10), { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' });
    assert.equal(headerOf(old).suite.id, 0x0378);
  });

  test('of many batches, with short frames and with one long frame', async () => {
    const plaintext = random(100_000);
    for (const frameLength of [7, 4096, 99_999, 100_000, 2 ** 32 - 1]) {
      const message = await encrypt(keyring, plaintext, { suiteId: 0x0478, frameLength });
      assert.deepEqual((await decrypt(keyring, message)).plaintext, plaintext);
    }
  });

  test('differ each time, and none of their parts repeats', async () => {
    const one = headerOf(await encrypt(keyring, utf8('same')));
    const other = headerOf(await encrypt(keyring, utf8('same')));
    assert.notDeepEqual(one.messageId, other.messageId);
    assert.notDeepEqual(one.commitKey, other.commitKey);
    assert.notDeepEqual(one.encryptedDataKeys[0]?.providerInfo, other.encryptedDataKeys[0]?.providerInfo);
  });

  test('are made of what was given at the call, whatever happens to it after', async () => {
    const plaintext = utf8('before');
    const options = { encryptionContext: { a: '1' } as Record<string, string>, suiteId: 0x0478 as SuiteId };
    const encrypting = encrypt(keyring, plaintext, options);
    plaintext.fill(0);
    options.encryptionContext['a'] = '2';
    options.suiteId = 0x0578;
    const message = await encrypting;
    const given = message.slice();
    const decrypting = decrypt(keyring, given, { encryptionContext: { a: '1' } });
    given.fill(0);
    const opened = await decrypting;
    assert.deepEqual(opened.plaintext, utf8('before'));
    assert.equal(opened.suiteId, 0x0478);
    const view = new Uint8Array(message.length + 7);
    view.set(message, 5);
    assert.deepEqual((await decrypt(keyring, view.subarray(5, -2))).plaintext, utf8('before'));
  });

  test('with every single bit changed are refused with one error', async () => {
    const suiteId = 0x0478;
    const encryptionContext = { a: 'b' };
    const message = await encrypt(keyring, random(20), { suiteId, encryptionContext, frameLength: 16 });
    const seen = new Set<string>();
    for (let bit = 0; bit < message.length * 8; bit++) {
      const error = await failure(
        decrypt(keyring, flipBit(message, bit), { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }),
      );
      const { requestId: _, ...metadata } = error.$metadata;
      seen.add(
        JSON.stringify([error.name, error.message, error.$fault, metadata, Object.keys(error), error.cause ?? null]),
      );
    }
    assert.equal(seen.size, 1, [...seen].join('\n'));
    assert.match([...seen][0] as string, /InvalidCiphertextException/);
  });

  test('cut anywhere, or with bytes behind them, are refused', async () => {
    for (const suiteId of [0x0478, 0x0578] as const) {
      const message = await encrypt(keyring, random(40), { suiteId, frameLength: 16 });
      for (let length = 0; length < message.length; length += 1 + (length % 3))
        await assertFails(decrypt(keyring, message.slice(0, length)), 'InvalidCiphertextException');
      const longer = new Uint8Array(message.length + 1);
      longer.set(message);
      await assertFails(decrypt(keyring, longer), 'InvalidCiphertextException');
    }
  });

  test('whose last frame was taken away, or closed too early, are refused', async () => {
    const message = await encrypt(keyring, random(48), { suiteId: 0x0478, frameLength: 16 });
    await assertFails(decrypt(keyring, message.slice(0, message.length - 56)), 'InvalidCiphertextException');
  });
});

describe('the encryption context', () => {
  const context = { tenant: 't-1', Zone: 'eu', a: 'b' };

  test('may be checked by the reader: each pair must be as it says', async () => {
    const message = await encrypt(keyring, utf8('x'), { encryptionContext: context });
    await decrypt(keyring, message, { encryptionContext: { a: 'b' } });
    await decrypt(keyring, message, { encryptionContext: context });
    for (const encryptionContext of [{ a: 'c' }, { A: 'b' }, { more: '1' }, { ...context, more: '' }])
      await assertFails(decrypt(keyring, message, { encryptionContext }), 'InvalidCiphertextException');
  });

  test('that is authenticated and not stored must be supplied', async () => {
    for (const suiteId of [0x0478, 0x0578, 0x0178] as const) {
      const options: EncryptOptions = {
        ...optionsOf(suiteId),
        encryptionContext: context,
        requiredEncryptionContextKeys: ['tenant', 'Zone'],
      };
      const message = await encrypt(keyring, utf8('x'), options);
      assert.deepInclude(headerOf(message).encryptionContext, ['a', 'b']);
      assert.notInclude(new TextDecoder('latin1').decode(message), 'tenant');
      const read = (encryptionContext: Record<string, string>) =>
        decrypt(keyring, message, { encryptionContext, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' });
      const opened = await read({ tenant: 't-1', Zone: 'eu' });
      assert.deepOwnInclude({ ...opened.encryptionContext }, context);
      for (const wrong of [{}, { tenant: 't-1' }, { tenant: 't-2', Zone: 'eu' }, { ...context, more: '1' }])
        await assertFails(read(wrong as Record<string, string>), 'InvalidCiphertextException');
    }
  });

  test('holds no surprises: reserved keys, lone surrogates, keys of prototypes, too much of it', async () => {
    const fails = (options: EncryptOptions, name = 'ValidationException') =>
      assertFails(encrypt(keyring, utf8('x'), options), name);
    await fails({ encryptionContext: { 'aws-crypto-public-key': 'x' } });
    await fails({ encryptionContext: { 'aws-crypto-anything': 'x' } });
    await fails({ encryptionContext: { a: '\ud800' } });
    await fails({ encryptionContext: { a: 'x'.repeat(65_536) } });
    await fails({ encryptionContext: { a: 1 as never } }, 'SerializationException');
    await fails({ encryptionContext: { a: '1' }, requiredEncryptionContextKeys: ['b'] });
    await fails({ encryptionContext: { a: '1' }, requiredEncryptionContextKeys: ['a', 'a'] });
    const encryptionContext = JSON.parse('{"__proto__":"own","constructor":"c"}') as Record<string, string>;
    const message = await encrypt(keyring, utf8('x'), { encryptionContext });
    assert.isTrue(
      Object.hasOwn((await decrypt(keyring, message, { encryptionContext })).encryptionContext, '__proto__'),
    );
    await assertFails(
      decrypt(keyring, message, { encryptionContext: JSON.parse('{"__proto__":"other"}') }),
      'InvalidCiphertextException',
    );
  });
});

describe('options', () => {
  test('of commitment: three policies, on both sides', async () => {
    const old = await encrypt(keyring, utf8('x'), {
      commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
      suiteId: 0x0178,
    });
    const fresh = await encrypt(keyring, utf8('x'), { suiteId: 0x0478 });
    await assertFails(decrypt(keyring, old), 'MessageRefused', /0x0178.*REQUIRE_ENCRYPT_REQUIRE_DECRYPT/);
    for (const commitmentPolicy of ['FORBID_ENCRYPT_ALLOW_DECRYPT', 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'] as const) {
      assert.deepEqual((await decrypt(keyring, old, { commitmentPolicy })).plaintext, utf8('x'));
      assert.deepEqual((await decrypt(keyring, fresh, { commitmentPolicy })).plaintext, utf8('x'));
    }
    await assertFails(encrypt(keyring, utf8('x'), { suiteId: 0x0178 }), 'ValidationException', /requires/);
    await assertFails(
      encrypt(keyring, utf8('x'), { suiteId: 0x0478, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }),
      'ValidationException',
      /forbids/,
    );
    await assertFails(decrypt(keyring, fresh, { commitmentPolicy: 'toString' as never }), 'ValidationException');
    await assertFails(encrypt(keyring, utf8('x'), { suiteId: 0x1234 as never }), 'ValidationException', /suiteId/);
  });

  test('of data keys: a limit on both sides', async () => {
    const three = multiKeyring({ generator: keyring, children: [keyring, keyring] });
    const message = await encrypt(three, utf8('x'));
    assert.lengthOf(headerOf(message).encryptedDataKeys, 3);
    await decrypt(keyring, message, { maxEncryptedDataKeys: 3 });
    await assertFails(decrypt(keyring, message, { maxEncryptedDataKeys: 2 }), 'MessageRefused', /maxEncryptedDataKeys/);
    await assertFails(encrypt(three, utf8('x'), { maxEncryptedDataKeys: 2 }), 'MessageRefused', /3/);
  });

  test('that are wrong are named', async () => {
    const names = (promise: Promise<unknown>, name: string, text: RegExp) => assertFails(promise, name, text);
    for (const frameLength of [0, -1, 2 ** 32])
      await names(encrypt(keyring, utf8('x'), { frameLength }), 'ValidationException', /frameLength/);
    await names(encrypt(keyring, utf8('x'), { frameLength: 1.5 }), 'SerializationException', /frameLength/);
    await names(encrypt(keyring, 'text' as never), 'SerializationException', /plaintext/);
    for (const none of [undefined, null, {}]) {
      await names(encrypt(none as never, utf8('x')), 'SerializationException', /keyring/);
      await names(decrypt(none as never, utf8('x')), 'SerializationException', /keyring/);
    }
    await names(decrypt(keyring, 'text' as never), 'SerializationException', /message/);
    for (const text of ['AYADeJ', 'AgR4TfvR'])
      await names(decrypt(keyring, utf8(text)), 'ValidationException', /base64/);
  });
});

describe('keyrings', () => {
  const other = rawAesKeyring({ keyNamespace, keyName: 'two', wrappingKey: random(32) });

  test('of several keys: each of them opens, and none that is not among them', async () => {
    const both = multiKeyring({ generator: keyring, children: [other] });
    const message = await encrypt(both, utf8('x'));
    for (const each of [keyring, other, both, multiKeyring({ children: [other] })])
      assert.deepEqual((await decrypt(each, message)).plaintext, utf8('x'));
    const stranger = rawAesKeyring({ keyNamespace, keyName: 'two', wrappingKey: random(32) });
    await assertFails(decrypt(stranger, message), 'InvalidCiphertextException');
    await assertFails(encrypt(multiKeyring({ children: [other] }), utf8('x')), 'ValidationException', /generator/);
    assert.throws(() => multiKeyring({}), KmsError, /generator/);
    assert.throws(() => multiKeyring({ generator: keyring, children: [{} as Keyring] }), KmsError, /keyring/);
  });

  test('over a CryptoKey that cannot be read', async () => {
    const algorithm = { name: 'AES-GCM', length: 256 };
    const wrappingKey = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
    const held = rawAesKeyring({ keyNamespace, keyName: 'held', wrappingKey });
    assert.deepEqual((await decrypt(held, await encrypt(held, utf8('x')))).plaintext, utf8('x'));
    const hmac = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    assert.throws(() => rawAesKeyring({ keyNamespace, keyName: 'x', wrappingKey: hmac }), KmsError, /AES-GCM/);
  });

  test('keep the key that was given at first, and check their arguments', async () => {
    const wrappingKey = random(32);
    const early = rawAesKeyring({ keyNamespace, keyName: 'early', wrappingKey });
    const same = rawAesKeyring({ keyNamespace, keyName: 'early', wrappingKey: wrappingKey.slice() });
    wrappingKey.fill(0);
    assert.deepEqual((await decrypt(same, await encrypt(early, utf8('x')))).plaintext, utf8('x'));
    const refused = (options: object, text: RegExp) =>
      assert.throws(
        () => rawAesKeyring({ keyNamespace, keyName: 'x', wrappingKey: random(32), ...options }),
        KmsError,
        text,
      );
    refused({ keyNamespace: 'aws-kms' }, /aws-kms/);
    refused({ keyNamespace: '' }, /keyNamespace/);
    refused({ keyName: 7 }, /keyName/);
    refused({ wrappingKey: random(31) }, /16, 24 or 32/);
    refused({ wrappingKey: 'key' }, /CryptoKey/);
  });

  test('of RSA: every padding, as PEM, DER and CryptoKey', async () => {
    const padded = {
      'oaep-sha1': 'SHA-1',
      'oaep-sha256': 'SHA-256',
      'oaep-sha384': 'SHA-384',
      'oaep-sha512': 'SHA-512',
      pkcs1: 'SHA-256',
    } as const;
    const algorithm = {
      name: 'RSA-OAEP',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    };
    // Extractable, because a test must hold it as PEM.
    const pair = (await crypto.subtle.generateKey(algorithm, true, ['encrypt', 'decrypt'])) as CryptoKeyPair;
    const pem = (label: string, bytes: ArrayBuffer) =>
      `-----BEGIN ${label}-----\n${btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
    const spki = await crypto.subtle.exportKey('spki', pair.publicKey);
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', pair.privateKey);
    for (const padding of Object.keys(padded) as (keyof typeof padded)[]) {
      const names = { keyNamespace, keyName: 'rsa', padding };
      const writer = rawRsaKeyring({ ...names, publicKey: pem('PUBLIC KEY', spki) });
      const reader = rawRsaKeyring({ ...names, privateKey: new Uint8Array(pkcs8) });
      const message = await encrypt(writer, utf8('x'), { suiteId: 0x0478 });
      assert.deepEqual((await decrypt(reader, message)).plaintext, utf8('x'), padding);
      await assertFails(decrypt(writer, message), 'InvalidCiphertextException');
      await assertFails(encrypt(reader, utf8('x')), 'ValidationException', /publicKey/);
      // Behind its name (whose length of two bytes counts) stands the ciphertext: changed, it is the same error as ever.
      const { encryptedDataKeys } = headerOf(message);
      const at = (encryptedDataKeys[0]?.ciphertext.byteOffset ?? 0) - message.byteOffset;
      await assertFails(decrypt(reader, flipBit(message, 8 * (at + 100))), 'InvalidCiphertextException');
    }
    const held = rawRsaKeyring({
      keyNamespace,
      keyName: 'rsa',
      padding: 'oaep-sha256',
      publicKey: pair.publicKey,
      privateKey: pair.privateKey,
    });
    assert.deepEqual((await decrypt(held, await encrypt(held, utf8('x')))).plaintext, utf8('x'));
    assert.throws(
      () => rawRsaKeyring({ keyNamespace, keyName: 'x', padding: 'oaep-sha1', publicKey: pair.publicKey }),
      KmsError,
      /SHA-1/,
    );
    assert.throws(
      () => rawRsaKeyring({ keyNamespace, keyName: 'x', padding: 'pkcs1', publicKey: pair.publicKey }),
      KmsError,
      /pkcs1/,
    );
    assert.throws(
      () => rawRsaKeyring({ keyNamespace, keyName: 'x', padding: 'oaep-sha1', privateKey: random(50) }),
      KmsError,
      /PKCS#8/,
    );
    assert.throws(
      () => rawRsaKeyring({ keyNamespace, keyName: 'x', padding: 'oaep' as never, publicKey: 'x' }),
      KmsError,
      /padding/,
    );
  });

  test('that give a wrong data key first do not keep the right one from being found', async () => {
    const message = await encrypt(other, utf8('x'));
    const handedOut: Bytes[] = [];
    const confused: Keyring = {
      ...other,
      async *unwrapDataKeys(keys, request) {
        for (const wrong of [random(32), random(16)]) {
          handedOut.push(wrong);
          yield wrong;
        }
        for await (const key of other.unwrapDataKeys(keys, request)) {
          handedOut.push(key);
          yield key;
        }
      },
    };
    assert.deepEqual((await decrypt(confused, message)).plaintext, utf8('x'));
    assert.lengthOf(handedOut, 3);
    for (const key of handedOut)
      assert.isTrue(
        key.every((byte) => byte === 0),
        'wiped',
      );
  });
});
