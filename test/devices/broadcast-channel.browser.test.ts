// The transport between tabs, in real browsers.
import { assert } from 'chai';
import { test } from 'vitest';
import { broadcastChannelTransport, deviceKey } from '../../src/devices/index.ts';
import { utf8 } from '../support/bytes.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';
import { newOld, newYoung, pair, recoverable, succeeded } from './support.ts';

test('keys go from keyring to keyring over a BroadcastChannel', async () => {
  const [old, young] = [await newOld(recoverable()), await newYoung()];
  const KeyId = await newKey(old, { MultiRegion: true });
  const transport = broadcastChannelTransport(uniqueName());
  succeeded(await pair(old, young, { add: { transport }, offer: { transport } }));
  const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext: utf8('x') });
  assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, utf8('x'));
});

test('the key of this device is in a database of its own, and outlives the keyring beside it', async () => {
  const first = await deviceKey();
  const [old, young] = [await newOld(recoverable()), await newYoung()];
  succeeded(await pair(old, young, { add: { keys: [], opensRoot: true }, offer: { deviceKey: first } }));
  const file = await new Response((await old.export()).stream).blob();
  const again = await deviceKey();
  assert.deepEqual(again.publicKey, first.publicKey);
  await (await newKms()).import({ from: file, by: again.method, mode: 'replace' });
});
