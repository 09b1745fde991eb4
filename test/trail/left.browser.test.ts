// What a page leaves of its trail when it is hidden or left: put down before the event is over, taken into the chain once, by whoever
// comes next, and only where it is genuine.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, memoryStore, openKms, type Store } from '../../src/index.ts';
import { failure } from '../support/errors.ts';
import { newKey, uniqueName } from '../support/kms.ts';

const itemsOf = (name: string): [string, string][] =>
  Object.entries(localStorage).filter(([item]) => item.startsWith(`keyhaven:${name}:left:`));
const leave = () => dispatchEvent(new PageTransitionEvent('pagehide'));
const encrypt = (kms: Kms, KeyId: string, by: string) =>
  kms.encrypt({ KeyId, Plaintext: new Uint8Array(8), EncryptionContext: { by } });
const encryptions = async (kms: Kms): Promise<string[]> => {
  const { Events } = await kms.trail.lookup({
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Encrypt' }],
  });
  return Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent).requestParameters.encryptionContext.by);
};

describe('what a page leaves of its trail', () => {
  test('is there when the event is over, and gone when it is in the chain', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    const KeyId = await newKey(kms);
    await encrypt(kms, KeyId, 'a');
    assert.lengthOf(itemsOf(name), 0);
    leave();
    assert.lengthOf(itemsOf(name), 1);
    assert.include(itemsOf(name)[0]?.[1], '"a"');
    await kms.trail.flush();
    assert.lengthOf(itemsOf(name), 0);
    assert.deepEqual(await encryptions(kms), ['a']);
    leave();
    assert.lengthOf(itemsOf(name), 0, 'nothing waits');
    kms.destroy();
  });

  test('is in the chain once, whoever takes it and although its page lived on', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    const KeyId = await newKey(kms);
    await encrypt(kms, KeyId, 'a');
    leave();
    const [left] = itemsOf(name);
    await encrypt(kms, KeyId, 'b');
    const others = await Promise.all([openKms({ name }), openKms({ name }), openKms({ name })]);
    await kms.trail.flush();
    // As a page finds it that comes late.
    if (left) localStorage.setItem(...left);
    for (const each of [kms, ...others]) assert.sameMembers(await encryptions(each), ['a', 'b']);
    assert.lengthOf(
      itemsOf(name).filter(([item]) => item !== left?.[0]),
      0,
    );
    assert.isTrue((await kms.trail.verify()).isIntact);
    for (const each of [kms, ...others]) each.destroy();
  });

  test('is in the chain once where it was left and taken while a group was being written', async () => {
    const texts = new Map<string, string>();
    const inner: Store = {
      ...memoryStore(),
      leavings: {
        put: (id, text) => void texts.set(id, text),
        list: () => [...texts].map(([id, text]) => ({ id, text })),
        remove: (id) => void texts.delete(id),
      },
    };
    let before: (() => Promise<void>) | undefined;
    const store: Store = {
      ...inner,
      async commit(...commit) {
        const first = before;
        before = undefined;
        await first?.();
        return inner.commit(...commit);
      },
    };
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    await encrypt(kms, KeyId, 'a');
    before = async () => {
      leave();
      assert.equal(texts.size, 1);
      const other = await openKms({ store: inner });
      assert.deepEqual(await encryptions(other), ['a']);
    };
    await kms.trail.flush();
    assert.deepEqual(await encryptions(kms), ['a']);
    assert.equal(texts.size, 0);
    assert.isTrue((await kms.trail.verify()).isIntact);
  });

  test('is not taken again when retention has removed it', async () => {
    const name = uniqueName();
    const kms = await openKms({ name, trailRetention: { records: 20 } });
    const KeyId = await newKey(kms);
    await encrypt(kms, KeyId, 'old');
    leave();
    const [left] = itemsOf(name);
    for (let i = 0; i < 40; i++) {
      await encrypt(kms, KeyId, 'new');
      if (i % 10 === 9) await kms.trail.flush();
    }
    while ((await encryptions(kms)).includes('old')) await new Promise((resolve) => setTimeout(resolve, 10));
    await encrypt(kms, KeyId, 'last');
    leave();
    kms.destroy();
    const next = await openKms({ name });
    if (left) localStorage.setItem(...left);
    assert.notInclude(await encryptions(next), 'old');
    assert.include(await encryptions(next), 'last');
    assert.isTrue((await next.trail.verify()).isIntact);
    next.destroy();
  });

  test('is not taken where it was changed, or belongs to another place', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    const KeyId = await newKey(kms);
    await encrypt(kms, KeyId, 'genuine');
    leave();
    const [[item, text] = ['', '']] = itemsOf(name);
    await kms.trail.flush();
    const elsewhere = `${item.slice(0, -32)}${'0'.repeat(32)}`;
    for (const [planted, forged] of [
      [item, text.replace('genuine', 'forged')],
      [elsewhere, text.replace('genuine', 'moved')],
      [elsewhere, text.replace(/^[0-9a-f]{64}/, '0'.repeat(64))],
      [elsewhere, text.slice(1)],
      [elsewhere, '{}'],
      [`${item.slice(0, -32)}x`, text],
    ] as const) {
      localStorage.setItem(planted, forged);
      const next = await openKms({ name });
      assert.deepEqual(await encryptions(next), ['genuine']);
      assert.equal(localStorage.getItem(planted), forged, 'left alone');
      localStorage.removeItem(planted);
      next.destroy();
    }
    kms.destroy();
  });

  test('holds no plaintext of a call that was refused, and what was left of it is told', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    const KeyId = await newKey(kms);
    await kms.disableKey({ KeyId });
    await failure(kms.encrypt({ KeyId, Plaintext: new TextEncoder().encode('plaintext-9f2c') }));
    leave();
    assert.lengthOf(itemsOf(name), 1);
    assert.notInclude(JSON.stringify(itemsOf(name)), 'plaintext-9f2c');
    assert.notInclude(JSON.stringify(itemsOf(name)), btoa('plaintext-9f2c'));
    kms.destroy();
  });
});
