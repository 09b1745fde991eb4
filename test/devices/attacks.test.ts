// Somebody between the two devices: who alters, drops, replays and swaps messages, who knows the code, and who answers in another's
// place. Whatever happens, a key is whole or absent on the new device, and the old one never takes a device that has keys for one that
// has none.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { meetingOf } from '../../src/devices/code.ts';
import { addDevice, type Comparison, offerDevice } from '../../src/devices/index.ts';
import { kinds, Line } from '../../src/devices/line.ts';
import { decodeAnswer, decodeHello, decodeOffer, encodeMessage } from '../../src/devices/messages.ts';
import { boundTo, commitmentOf } from '../../src/devices/transcript.ts';
import type { Kms } from '../../src/index.ts';
import { generateHpkePair, HpkeSender } from '../../src/keys/hpke.ts';
import { toHex, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newStore } from '../support/kms.ts';
import {
  assertRunFails,
  newOld,
  newYoung,
  Post,
  pair,
  recoverable,
  type Side,
  succeeded,
  type Tamper,
} from './support.ts';

const never = new AbortController().signal;

async function twoDevices(): Promise<{ old: Kms; young: Kms; KeyId: string }> {
  const [old, young] = [await newOld(recoverable()), await newYoung()];
  return { old, young, KeyId: await newKey(old, { MultiRegion: true }) };
}

async function assertNothingMoved(old: Kms, young: Kms): Promise<void> {
  assert.deepEqual([(await young.listKeys()).Keys, await young.devices.list(), await old.devices.list()], [[], [], []]);
  for (const kms of [old, young]) assert.isTrue((await kms.check()).isWhole);
}

/** Two users who compare what both devices show. */
function users() {
  const numbers: string[] = [];
  let both: (areSame: boolean) => void = () => {};
  const compared = new Promise<boolean>((resolve) => {
    both = resolve;
  });
  const confirm = ({ number }: Comparison) => {
    numbers.push(number);
    if (numbers.length === 2) both(numbers[0] === numbers[1]);
    return compared;
  };
  return { confirm, numbers };
}

describe('who stands between the devices and knows the code', () => {
  /** Both devices, each on a mailbox that only the attacker shares with it. */
  async function between(attack: (toOld: Line, toYoung: Line) => Promise<void>) {
    const { old, young } = await twoDevices();
    const [oldPost, youngPost] = [new Post(), new Post()];
    const { confirm, numbers } = users();
    let attacked: Promise<void> | undefined;
    const run = await pair(old, young, {
      add: { transport: oldPost.transport, confirm },
      offer: {
        transport: youngPost.transport,
        confirm,
        onCode: ({ code }) => {
          attacked = (async () => {
            const meeting = await meetingOf(code.replaceAll('-', ''));
            const toOld = await Line.open(oldPost.transport, meeting, 'offer', never);
            const toYoung = await Line.open(youngPost.transport, meeting, 'add', never);
            await attack(toOld, toYoung);
          })();
        },
      },
    });
    await attacked;
    await assertNothingMoved(old, young);
    return { run, numbers };
  }

  test('and puts keys of its own in place of theirs is seen: the numbers differ', async () => {
    const { run, numbers } = await between(async (toOld, toYoung) => {
      const { body: hello } = await toOld.receive(kinds.hello);
      await toYoung.send(kinds.hello, hello);
      const { body: offer } = await toYoung.receive(kinds.offer);
      const { from, publicKey } = decodeOffer(offer);
      const own = await generateHpkePair();
      const nonce = crypto.getRandomValues(new Uint8Array(32));
      const commitment = await commitmentOf(nonce, hello, own.publicBytes);
      await toOld.send(kinds.offer, encodeMessage({ from, publicKey: own.publicBytes, commitment }));
      const { body: answer } = await toOld.receive(kinds.answer);
      const sender = await HpkeSender.setUp(publicKey, utf8('keyhaven/v1/pairing-hpke'));
      const forged = { ...decodeAnswer(answer), encapsulated: sender?.encapsulated };
      await toYoung.send(kinds.answer, encodeMessage(forged));
      await toYoung.receive(kinds.reveal);
      await toOld.send(kinds.reveal, encodeMessage({ nonce }));
    });
    assertRunFails(run, 'PairingRefused', 'PairingRefused');
    assert.lengthOf(numbers, 2);
    assert.notEqual(numbers[0], numbers[1]);
  });

  test('cannot choose its random bytes after it has seen theirs: the commitment is checked', async () => {
    const { old, young } = await twoDevices();
    const { confirm } = users();
    const post = new Post();
    const code = '0000-0000-0000-0000';
    const attacked = (async () => {
      const line = await Line.open(post.transport, await meetingOf(code), 'offer', never);
      const { body: hello } = await line.receive(kinds.hello);
      const { from } = decodeHello(hello);
      const { publicBytes: publicKey } = await generateHpkePair();
      const commitment = await commitmentOf(new Uint8Array(32), hello, publicKey);
      const identity = { ...from, id: toHex(crypto.getRandomValues(new Uint8Array(16))), region: 'us-west-2' };
      await line.send(kinds.offer, encodeMessage({ from: identity, publicKey, commitment }));
      await line.receive(kinds.answer);
      await line.send(kinds.reveal, encodeMessage({ nonce: new Uint8Array(32).fill(1) }));
    })();
    const adding = addDevice(old, { name: 'old', code, transport: post.transport, keys: 'all', confirm });
    await assertFails(adding, 'PairingFailed', /broke its commitment/);
    await attacked;
    await assertNothingMoved(old, young);
  });

  test('cannot send keys in the place of the old device after the numbers were compared', async () => {
    const { old, young } = await twoDevices();
    const post = new Post();
    let symbols = '';
    const run = await pair(old, young, {
      post,
      offer: {
        onCode: ({ code }) => {
          symbols = code;
        },
        confirm: async () => {
          const meeting = await meetingOf(symbols.replaceAll('-', ''));
          const sender = await HpkeSender.setUp(
            (await generateHpkePair()).publicBytes,
            utf8('keyhaven/v1/pairing-hpke'),
          );
          // What the old device sends from now on is lost, and this arrives in its place.
          post.tamper = (message, side) => (side === 'add' ? [] : [message]);
          const sealed = (await sender?.seal(utf8('{}'), boundTo(new Uint8Array(32), kinds.keys))) ?? new Uint8Array(0);
          const label = utf8('keyhaven/v1/pairing-message\0add\x002');
          const boxed = await meeting.box.seal(new Uint8Array([kinds.keys, ...sealed]), label);
          const [mailbox] = post.seen.map((each) => each.mailbox);
          post.inject(mailbox ?? '', 'add', new Uint8Array([0xd3, 1, ...boxed]));
          return true;
        },
      },
    });
    assertRunFails(run, 'PairingFailed', 'PairingFailed', /did not say whether it has them/);
    if (run.offered.status === 'rejected') assert.match(run.offered.reason.message, /The keys were altered/);
    assert.deepEqual((await young.listKeys()).Keys, []);
    // It cannot know, so it does not say that there is no other device.
    assert.deepEqual(
      (await old.devices.list()).map(({ state }) => state),
      ['adding'],
    );
  });
});

describe('messages on their way', () => {
  test('altered, cut, doubled, dropped, swapped and replayed leave both keyrings whole', async () => {
    const { old, KeyId } = await twoDevices();
    const replayed: { message: Uint8Array; side: Side }[] = [];
    const mutation = fc.record({
      side: fc.constantFrom<Side>('offer', 'add'),
      index: fc.nat(5),
      how: fc.constantFrom('flip', 'cut', 'extend', 'double', 'drop', 'replay', 'earlier', 'reflect'),
      at: fc.nat(2000),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ side, index, how, at }) => {
        const young = await newYoung();
        const post = new Post();
        const control = new AbortController();
        let isChanged = false;
        const change = (message: Uint8Array): readonly Uint8Array[] => {
          const copy = new Uint8Array(message);
          const other = (from: typeof replayed, want: boolean) =>
            from.find((each) => (each.side === side) === want)?.message;
          switch (how) {
            case 'flip':
              copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ 1;
              return [copy];
            case 'cut':
              return [copy.slice(0, at % copy.length)];
            case 'extend':
              return [new Uint8Array([...copy, 0])];
            case 'double':
              return [copy, copy];
            case 'drop':
              // Nobody would end it.
              setTimeout(() => control.abort(new DOMException('too late', 'TimeoutError')), 100);
              return [];
            case 'replay':
              return [other(replayed, true) ?? copy.slice(1)];
            case 'earlier':
              return [other(post.seen.slice(0, -1), true) ?? copy.slice(1)];
            case 'reflect':
              return [other(post.seen, false) ?? copy.slice(1)];
          }
        };
        post.tamper = (message, from, count) => {
          if (from !== side || count !== index) return [message];
          isChanged = true;
          return change(message);
        };
        const { signal } = control;
        const run = await pair(old, young, { post, add: { signal }, offer: { signal } });
        if (replayed.length === 0) replayed.push(...post.seen);
        const keys = (await young.listKeys()).Keys;
        const known = (await old.devices.list()).find(({ region, id }) =>
          region === 'us-west-2' && run.added.status === 'fulfilled' ? id === run.added.value.id : true,
        );
        if (!isChanged) assert.equal(run.added.status, 'fulfilled');
        for (const each of [run.added, run.offered])
          if (each.status === 'rejected')
            assert.oneOf(each.reason.name, ['PairingFailed', 'PairingRefused', 'TimeoutError'], String(each.reason));
        assert.isTrue(keys.length === 0 || keys[0]?.KeyId === KeyId);
        if (run.offered.status === 'fulfilled') assert.lengthOf(keys, 1);
        // Where the new device has a key, the old one knows of it.
        if (keys.length === 1) assert.isDefined(known);
        if (keys.length === 0) assert.equal(run.offered.status, 'rejected');
        for (const kms of [old, young]) assert.isTrue((await kms.check()).isWhole);
        // The Region is free again for the next.
        for (const { id } of await old.devices.list()) await old.devices.revoke(id);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test('tell a relay nothing: neither names nor ids, and the code is not the name of the mailbox', async () => {
    const { old, young, KeyId } = await twoDevices();
    const post = new Post();
    let code = '';
    succeeded(
      await pair(old, young, {
        post,
        offer: {
          onCode: (shown) => {
            code = shown.code.replaceAll('-', '');
            assert.equal(shown.qr, `KEYHAVEN:${code}`);
          },
        },
      }),
    );
    const all = post.seen
      .map(({ message }) => Array.from(message, (byte) => String.fromCharCode(byte)).join(''))
      .join('\n');
    for (const word of ["Ada's", KeyId, 'us-west-2', '000000000000', code, 'publicKey']) assert.notInclude(all, word);
    assert.match(post.seen[0]?.mailbox ?? '', /^[0-9a-f]{32}$/);
    assert.notInclude(post.seen[0]?.mailbox ?? '', code.toLowerCase());
  });

  test('of a third device with the same code end the conversation for all', async () => {
    const { old, young } = await twoDevices();
    const third = await newOld(recoverable());
    await newKey(third, { MultiRegion: true });
    const post = new Post();
    const { signal } = new AbortController();
    let other: Promise<unknown> | undefined;
    const run = await pair(old, young, {
      post,
      offer: {
        onCode: ({ code }) => {
          const given = {
            name: 'third',
            code,
            transport: post.transport,
            keys: 'all',
            confirm: () => true,
            signal,
          } as const;
          other = addDevice(third, given).catch((error: Error) => error.name);
        },
      },
    });
    assertRunFails(run, 'PairingFailed', 'PairingFailed');
    assert.equal(await other, 'PairingFailed');
    await assertNothingMoved(old, young);
    assert.deepEqual(await third.devices.list(), []);
  });
});

describe('a conversation that ends early', () => {
  test('by one user ends it for the other, whose question is taken back', async () => {
    for (const who of ['add', 'offer'] as const) {
      const { old, young } = await twoDevices();
      let isTakenBack = false;
      const waits = ({ signal }: Comparison) =>
        new Promise<boolean>((resolve) => {
          signal.addEventListener('abort', () => {
            isTakenBack = true;
            resolve(false);
          });
        });
      const other = who === 'add' ? 'offer' : 'add';
      const run = await pair(old, young, { [who]: { confirm: () => false }, [other]: { confirm: waits } });
      assertRunFails(run, 'PairingRefused', 'PairingRefused');
      assert.isTrue(isTakenBack);
      await assertNothingMoved(old, young);
    }
  });

  test('by a signal throws its reason, and by a transport that breaks TransportFailed', async () => {
    const { old, young } = await twoDevices();
    const offer = { name: 'laptop', onCode: () => {}, confirm: () => true, transport: new Post().transport };
    const control = new AbortController();
    const waiting = offerDevice(young, { ...offer, signal: control.signal });
    control.abort(new DOMException('enough', 'AbortError'));
    assert.equal(await waiting.catch((error: Error) => error.name), 'AbortError');
    const gone = AbortSignal.abort(new DOMException('before', 'AbortError'));
    assert.equal(
      await offerDevice(young, { ...offer, signal: gone }).catch((error: Error) => error.name),
      'AbortError',
    );
    const broken = () => {
      throw new Error('no network');
    };
    await assertFails(offerDevice(young, { ...offer, transport: broken }), 'TransportFailed');
    await assertNothingMoved(old, young);
  });

  test('at any message, with both devices switched off, can be begun again', async () => {
    const stores = [newStore(), newStore()] as const;
    const { openKms } = await import('../../src/index.ts');
    const open = async () =>
      Promise.all([
        openKms({ store: stores[0], region: 'us-east-1' }),
        openKms({ store: stores[1], region: 'us-west-2' }),
      ]);
    const first = await openKms({ store: stores[0], region: 'us-east-1', ...recoverable() });
    const KeyId = await newKey(first, { MultiRegion: true });
    const { CiphertextBlob } = await first.encrypt({ KeyId, Plaintext: utf8('x') });
    for (let last = 0; last < 9; last++) {
      const [old, young] = await open();
      const post = new Post();
      const control = new AbortController();
      const cut: Tamper = (message) => {
        if (post.seen.length <= last) return [message];
        setTimeout(() => control.abort(new DOMException('switched off', 'AbortError')), 0);
        return [];
      };
      post.tamper = cut;
      const { signal } = control;
      await pair(old, young, { post, add: { signal }, offer: { signal } });
      for (const kms of await open()) assert.isTrue((await kms.check()).isWhole, `after ${last} messages`);
    }
    const [old, young] = await open();
    succeeded(await pair(old, young));
    assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, utf8('x'));
    assert.deepEqual(
      (await old.devices.list()).map(({ state }) => state),
      ['added'],
    );
  });
});
