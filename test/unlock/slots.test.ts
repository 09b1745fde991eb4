// A root in slots: opened by each of its methods, and by nothing else.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms, type UnlockMethod } from '../../src/index.ts';
import {
  device,
  kmsKey,
  newRecoveryCode,
  passphrase,
  readRecoveryCode,
  recoveryCode,
  rootFromSecret,
  secret,
} from '../../src/unlock/index.ts';
import { flipBit, random, toHex, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';

const Plaintext = utf8('meet at nine');
/** The cheapest that is allowed: what is tested is not the cost. */
const quick = (text: string): UnlockMethod => passphrase(text, { memory: 19_456, iterations: 2 });

/** A locked keyring with one key and one ciphertext. */
async function lockedKeyring(slots: UnlockMethod[]) {
  const store = newStore();
  const kms = await openKms({ store, mode: 'locked', slots });
  const KeyId = await newKey(kms);
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
  return { store, kms, KeyId, CiphertextBlob };
}

const opens = async (kms: Kms, CiphertextBlob: Uint8Array): Promise<void> =>
  assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Plaintext);

describe('a locked keyring', () => {
  test('opens by each of its methods, and says which there are', async () => {
    const escrow = await newKms();
    const escrowKey = await newKey(escrow);
    const code = newRecoveryCode();
    const bytes = random(32);
    const methods: [string, UnlockMethod][] = [
      ['passphrase', quick('correct horse battery')],
      ['recovery-code', recoveryCode(code)],
      ['secret', secret(bytes)],
      ['kms', kmsKey(escrow, { KeyId: escrowKey, label: 'the firm' })],
    ];
    const { store, CiphertextBlob } = await lockedKeyring(methods.map(([, method]) => method));
    const kms = await openKms({ store });
    assert.deepEqual((await kms.slots.list()).map(({ kind }) => kind).sort(), [
      'kms',
      'passphrase',
      'recovery-code',
      'secret',
    ]);
    for (const [kind, method] of methods) {
      await assertFails(kms.decrypt({ CiphertextBlob }), 'KeyLocked', /kms\.unlock/);
      assert.deepInclude(await kms.protection(), { mode: 'locked', isLocked: true, root: 'slots' }, kind);
      await kms.unlock(method);
      assert.deepEqual(await kms.protection(), { mode: 'locked', isLocked: false, root: 'slots', unwrapped: [] }, kind);
      await opens(kms, CiphertextBlob);
      kms.lock();
    }
    const [, byCode] = methods[1] as [string, UnlockMethod];
    await opens(await openKms({ store, unlock: byCode }), CiphertextBlob);
  });

  test('does not open by another secret, whatever kind it is of', async () => {
    const { store } = await lockedKeyring([
      quick('correct horse battery'),
      recoveryCode(newRecoveryCode()),
      secret(random(32)),
    ]);
    const kms = await openKms({ store });
    const strange = [quick('correct horse batterz'), recoveryCode(newRecoveryCode()), secret(random(32))];
    for (const method of strange) await assertFails(kms.unlock(method), 'UnlockFailed', /opens/);
    await assertFails(kms.unlock(device()), 'UnlockFailed', /no slot of the kind device/);
    await assertFails(openKms({ store, unlock: strange[1] }), 'UnlockFailed');
    assert.isTrue((await kms.protection()).isLocked);
  });

  test('holds nothing on the disk that opens by itself', async () => {
    const { store, kms } = await lockedKeyring([recoveryCode(newRecoveryCode())]);
    await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
    for (const table of ['keyring', 'keys', 'materials', 'slots', 'copies'])
      for (const { key, twin } of await store.list(table, { limit: 100 })) {
        assert.isUndefined(key);
        assert.isUndefined(twin);
      }
  });

  test('is locked for every service of it, and can be used again after', async () => {
    const code = recoveryCode(newRecoveryCode());
    const { kms, KeyId, CiphertextBlob } = await lockedKeyring([code]);
    const other = kms.as({ arn: 'arn:aws:iam::000000000000:user/ada', isAdministrator: true });
    const there = kms.at({ region: 'eu-west-1' });
    let locks = 0;
    const end = kms.onLock(() => locks++);
    kms.lock();
    kms.lock();
    assert.equal(locks, 1);
    for (const service of [kms, other, there]) await assertFails(service.listKeys(), 'KeyLocked');
    await assertFails(kms.encrypt({ KeyId, Plaintext }), 'KeyLocked');
    await other.unlock(code);
    await opens(kms, CiphertextBlob);
    end();
    kms.lock();
    assert.equal(locks, 1);
  });

  test('needs a method that is not the device, and takes a mode that it is', async () => {
    const store = newStore();
    await assertFails(openKms({ store, mode: 'locked' }), 'ValidationException', /at least one method/);
    await assertFails(openKms({ store, mode: 'locked', slots: [device()] }), 'ValidationException', /device\(\)/);
    await assertFails(openKms({ store, slots: [secret(random(32))] }), 'ValidationException', /slots go with/);
    await assertFails(openKms({ store, mode: 'shut' as never }), 'ValidationException', /mode must be/);
    await assertFails(openKms({ store, mode: 'locked', slots: [7 as never] }), 'ValidationException', /slots\[0\]/);
    assert.equal(await store.count('keyring'), 0);
    const method = secret(random(32));
    await openKms({ store, mode: 'locked', slots: [method] });
    await openKms({ store, mode: 'locked', slots: [method], unlock: method });
    await assertFails(
      openKms({ store, mode: 'recoverable', slots: [method], unlock: method }),
      'ValidationException',
      /upgrade/,
    );
    const plain = await newKms();
    assert.throws(() => plain.lock(), /no root in slots/);
    assert.deepEqual(await plain.protection(), { mode: 'device', isLocked: false, root: 'none', unwrapped: [] });
  });
});

describe('a recoverable keyring', () => {
  test('needs no unlock on its device, and has a wrapped copy of every kind of key', async ({ skip }) => {
    const store = newStore();
    const code = recoveryCode(newRecoveryCode());
    const kms = await openKms({ store, mode: 'recoverable', slots: [code] });
    if (!store.holdsCryptoKeys) skip('the store holds bytes only');
    const KeyId = await newKey(kms);
    await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
    await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const again = await openKms({ store });
    const { CiphertextBlob } = await again.encrypt({ KeyId, Plaintext });
    await opens(kms, CiphertextBlob);
    await newKey(again);
    assert.deepEqual(await again.protection(), { mode: 'recoverable', isLocked: false, root: 'slots', unwrapped: [] });
    const [materials, copies] = await Promise.all(
      ['materials', 'copies'].map((table) => store.list(table, { limit: 100 })),
    );
    assert.deepEqual(
      copies?.map(({ id }) => id),
      materials?.map(({ id }) => id),
    );
    for (const { key } of materials ?? []) assert.isFalse(key?.extractable);
    again.lock();
    await assertFails(again.listKeys(), 'KeyLocked');
    // Locked as it is, its keys lie on the device.
    assert.deepInclude(await again.protection(), { mode: 'recoverable', isLocked: true });
    assert.equal((await again.durability()).mode, 'recoverable');
    await again.unlock(device());
    again.lock();
    await again.unlock(code);
    await opens(again, CiphertextBlob);
  });
});

describe('the slot of the device', () => {
  test('is written anew where it was damaged or is gone: keys and slots can be made again, and backups written', async ({
    skip,
  }) => {
    if (!newStore().holdsCryptoKeys) skip('the store holds bytes only');
    for (const damage of ['gone', 'flipped', 'another key', 'no slot at all'] as const) {
      const by = secret(random(32));
      const store = newStore();
      const kms = await openKms({ store, mode: 'recoverable', slots: [by] });
      const other = await openKms({ store });
      const KeyId = await newKey(kms);
      const id = (await kms.slots.list()).find(({ kind }) => kind === 'device')?.id as string;
      const [row] = await store.read([{ table: 'slots', id }]);
      const value = row?.value as Uint8Array<ArrayBuffer>;
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
        'encrypt',
        'decrypt',
        'unwrapKey',
      ]);
      const damaged = {
        gone: { table: 'slots', id },
        flipped: { table: 'slots', id, value: flipBit(value, value.length * 8 - 200), key: row?.key },
        'another key': { table: 'slots', id, value, key },
        'no slot at all': { table: 'slots', id, value: utf8('{}') },
      };
      await store.commit([], [damaged[damage]], 'strict');
      const again = await openKms({ store });
      await again.encrypt({ KeyId, Plaintext });
      await assertFails(newKey(again), 'StoreCorrupt', new RegExp(`slots\\.rotate\\('${id}', device\\(\\)`));
      await assertFails(again.slots.rotate(id, by, { by }), 'ValidationException', /no method but device/);
      await assertFails(again.slots.rotate(id, device(), { by: secret(random(32)) }), 'UnlockFailed');
      await again.slots.rotate(id, device(), { by });
      await newKey(again);
      await newKey(other);
      await again.slots.add(secret(random(32)));
      assert.deepEqual((await again.check()).findings, [], damage);
      assert.isAbove((await new Response((await again.export()).stream).blob()).size, 0);
    }
  });
});

describe('slots', () => {
  test('that were put there from outside are named, and can be removed', async () => {
    const by = secret(random(32));
    const { store, kms } = await lockedKeyring([by]);
    const strange = await lockedKeyring([by]);
    const [row] = await strange.store.list('slots', { limit: 10 });
    const id = row?.id as string;
    await store.commit([], [{ table: 'slots', id, value: row?.value as Uint8Array<ArrayBuffer> }], 'strict');
    assert.deepEqual((await kms.check()).findings, [{ row: `slots/${id}`, what: 'strange' }]);
    await assertFails(kms.export(), 'StoreCorrupt', new RegExp(`slots\\.remove\\('${id}'\\)`));
    await kms.slots.remove(id);
    assert.lengthOf(await kms.slots.list(), 1);
    assert.deepEqual((await kms.check()).findings, []);
    await kms.slots.add(secret(random(32)), { by });
  });

  test('a new passphrase rewrites one slot; the old one, and an old copy of the slot, open nothing', async () => {
    const [old, next, code] = [
      quick('correct horse battery'),
      quick('a quite different one'),
      recoveryCode(newRecoveryCode()),
    ];
    const { store, kms, CiphertextBlob } = await lockedKeyring([old, code]);
    const before = await store.list('slots', { limit: 10 });
    const materials = await store.list('materials', { limit: 10 });
    const slot = (await kms.slots.list()).find(({ kind }) => kind === 'passphrase');
    await assertFails(kms.slots.rotate(slot?.id as string, next), 'ValidationException', /by must be/);
    await assertFails(kms.slots.rotate(slot?.id as string, next, { by: quick('not the one at all') }), 'UnlockFailed');
    await kms.slots.rotate(slot?.id as string, next, { by: old });
    const changed = (await store.list('slots', { limit: 10 })).filter(
      ({ id, version }) => before.find((row) => row.id === id)?.version !== version,
    );
    assert.deepEqual(
      changed.map(({ id }) => id),
      [slot?.id],
    );
    assert.deepEqual(await store.list('materials', { limit: 10 }), materials);
    kms.lock();
    await assertFails(kms.unlock(old), 'UnlockFailed');
    await kms.unlock(next);
    await opens(kms, CiphertextBlob);
    kms.lock();
    const copy = before.find(({ id }) => id === slot?.id);
    await store.commit(
      [],
      [{ table: 'slots', id: copy?.id as string, value: copy?.value as Uint8Array<ArrayBuffer> }],
      'strict',
    );
    await assertFails(kms.unlock(old), 'StoreCorrupt', /put back from outside/);
    assert.isTrue((await kms.protection()).isLocked);
  });

  test('are added, and removed but for the last', async () => {
    const first = secret(random(32));
    const { kms, CiphertextBlob } = await lockedKeyring([first]);
    const [only] = await kms.slots.list();
    await assertFails(kms.slots.remove(only?.id as string), 'ValidationException', /last slot/);
    const code = recoveryCode(newRecoveryCode(), { label: 'in the safe' });
    const id = await kms.slots.add(code, { by: first });
    assert.deepInclude(
      (await kms.slots.list()).find((slot) => slot.id === id),
      { kind: 'recovery-code', label: 'in the safe' },
    );
    await kms.slots.remove(only?.id as string);
    await assertFails(kms.slots.remove(id), 'ValidationException', /last slot/);
    await assertFails(kms.slots.remove('nonsense'), 'ValidationException', /no slot nonsense/);
    kms.lock();
    await assertFails(kms.unlock(first), 'UnlockFailed');
    await assertFails(kms.slots.add(first, { by: code }), 'KeyLocked');
    await kms.unlock(code);
    await opens(kms, CiphertextBlob);
    await assertFails((await newKms()).slots.add(first), 'ValidationException', /no root/);
    await assertFails(kms.slots.add(device(), { by: code }), 'ValidationException', /device\(\)/);
  });

  test('of one keyring open no other, and no slot opens in the place of another', async () => {
    const method = secret(random(32));
    const [a, b] = [await lockedKeyring([method, secret(random(32))]), await lockedKeyring([method])];
    const [one, two] = await a.store.list('slots', { limit: 10 });
    a.kms.lock();
    for (const [from, to] of [
      [one, two],
      [two, one],
    ]) {
      const kept = [one, two].map((row) => ({ table: 'slots', id: row?.id as string, value: row?.value as never }));
      await a.store.commit(
        [],
        [
          { table: 'slots', id: to?.id as string, value: from?.value as never },
          ...kept.filter(({ id }) => id === from?.id),
        ],
        'strict',
      );
      assert.equal((await a.kms.slots.list()).length, 1);
      await a.store.commit([], kept, 'strict');
    }
    const [strange] = await b.store.list('slots', { limit: 10 });
    await a.store.commit(
      [],
      [
        { table: 'slots', id: one?.id as string },
        { table: 'slots', id: two?.id as string },
        { table: 'slots', id: strange?.id as string, value: strange?.value as never },
      ],
      'strict',
    );
    await assertFails(a.kms.unlock(method), 'KeyUndecryptable');
  });

  test('with changed parameters open nothing, and cheap or ruinous ones are not even tried', async () => {
    const method = quick('correct horse battery');
    const { store, kms } = await lockedKeyring([method]);
    kms.lock();
    const [row] = await store.list('slots', { limit: 1 });
    const text = new TextDecoder('latin1').decode(row?.value);
    const forged = async (from: string, to: string) => {
      assert.include(text, from);
      const changed = Uint8Array.from(text.replace(from, to), (unit) => unit.charCodeAt(0));
      const length = changed.length - (row?.value.length as number);
      const size = ((changed[2] as number) << 8) + (changed[3] as number) + length;
      changed[2] = size >> 8;
      changed[3] = size & 0xff;
      await store.commit([], [{ table: 'slots', id: row?.id as string, value: changed }], 'strict');
      const started = performance.now();
      await assertFails(kms.unlock(method), 'UnlockFailed');
      return performance.now() - started;
    };
    await forged('"iterations":2', '"iterations":3');
    for (const [from, to] of [
      ['"memory":19456', '"memory":8'],
      ['"memory":19456', '"memory":99999999'],
      ['"iterations":2', '"iterations":1'],
      ['"iterations":2', '"iterations":1000000'],
      ['"parallelism":1', '"parallelism":1000'],
      ['"kdf":"argon2id"', '"kdf":"none"'],
    ])
      assert.isBelow(await forged(from as string, to as string), 2000);
  });
});

describe('a secret', () => {
  test('opens as `root` too, from bytes, hex or base64', async () => {
    const bytes = random(32);
    const store = newStore();
    const kms = await openKms({ store, root: await rootFromSecret(bytes) });
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    for (const text of [toHex(bytes), btoa(String.fromCharCode(...bytes))]) {
      const again = await openKms({ store, root: await rootFromSecret(text) });
      await opens(again, CiphertextBlob);
    }
    const url = btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
    await openKms({ store, root: await rootFromSecret(`${url}\n`) });
    assert.deepInclude(await kms.protection(), { mode: 'locked', root: 'given' });
    assert.throws(() => kms.lock(), /no root in slots/);
  });

  test('that is weak is refused', async () => {
    const weak = [
      random(31),
      new Uint8Array(32),
      new Uint8Array(64).fill(7),
      Uint8Array.from({ length: 32 }, (_, index) => index),
      utf8('this is a text and no random bytes'),
      '',
      'password',
      'correct horse battery staple, and so on and on',
      'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      7 as never,
    ];
    for (const value of weak) {
      assert.throws(() => secret(value), /secret/);
      await assertFails(rootFromSecret(value), 'ValidationException', /openssl rand/);
    }
  });
});

describe('a passphrase', () => {
  test('is one however its letters are composed, and is refused where it is short', async () => {
    const { store, CiphertextBlob } = await lockedKeyring([quick('Crème brûlée, bitte')]);
    await opens(await openKms({ store, unlock: quick('Crème brûlée, bitte'.normalize('NFD')) }), CiphertextBlob);
    await assertFails(
      openKms({ store: newStore(), mode: 'locked', slots: [quick('too short')] }),
      'ValidationException',
      /12 characters/,
    );
  });

  test('is stretched within bounds only', () => {
    for (const options of [
      { memory: 1024 },
      { memory: 2 ** 20 },
      { iterations: 1 },
      { iterations: 1.5 },
      { iterations: 99 },
    ])
      assert.throws(() => passphrase('correct horse battery', options), /whole number/);
    for (const options of [{ iterations: 1000 }, { iterations: 2 ** 31 }])
      assert.throws(() => passphrase('correct horse battery', { kdf: 'pbkdf2', ...options }), /whole number/);
    assert.throws(() => passphrase('correct horse battery', { kdf: 'scrypt' as never }), /kdf/);
  });

  test('is stretched by PBKDF2 where that is asked for', async ({ skip }) => {
    const method = passphrase('correct horse battery', { kdf: 'pbkdf2', iterations: 210_000 });
    const opened = await openKms({ store: newStore(), mode: 'locked', slots: [method] }).catch((error: Error) => error);
    if (opened instanceof Error) {
      assert.equal(opened.name, 'UnlockUnavailable');
      skip('this runtime caps the iterations of PBKDF2 below what is safe, and the error says so');
    }
    await lockedKeyring([method]);
  });
});

describe('a recovery code', () => {
  test('is read in any case, with any spaces, and with letters for digits', () => {
    for (let round = 0; round < 20; round++) {
      const code = newRecoveryCode();
      assert.match(code, /^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}$/);
      for (const written of [
        code.toLowerCase(),
        code.replaceAll('-', ' '),
        ` ${code.replaceAll('-', '')}\n`,
        code.replaceAll('0', 'o').replaceAll('1', 'l'),
        code.replaceAll('1', 'I'),
      ])
        assert.deepEqual(readRecoveryCode(written), { code, isCorrected: false });
    }
  });

  test('is put right after one slip of the hand, and refused after more', () => {
    const code = newRecoveryCode();
    const plain = code.replaceAll('-', '');
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    for (let at = 0; at < plain.length; at++) {
      for (const wrong of '0C7Z') {
        const written = plain.slice(0, at) + wrong + plain.slice(at + 1);
        assert.deepEqual(readRecoveryCode(written), { code, isCorrected: wrong !== plain[at] });
      }
      const swapped = plain.slice(0, at) + (plain[at + 1] ?? '') + plain[at] + plain.slice(at + 2);
      assert.equal(readRecoveryCode(swapped).code, code);
      assert.equal(readRecoveryCode(`${plain.slice(0, at)}U${plain.slice(at + 1)}`).code, code);
    }
    let refused = 0;
    for (let round = 0; round < 100; round++) {
      const symbols = [...plain];
      for (const at of [3, 11, 19])
        symbols[at] = alphabet[(alphabet.indexOf(symbols[at] as string) + 1 + (round % 31)) % 32] as string;
      try {
        assert.notEqual(readRecoveryCode(symbols.join('')).code, code);
      } catch (error) {
        assert.match((error as Error).message, /not whole/);
        refused++;
      }
    }
    assert.isAbove(refused, 90);
    for (const text of ['', 'x', `${code}${code}`, 'password password password', 7 as never])
      assert.throws(() => readRecoveryCode(text), /recovery code/);
  });
});
