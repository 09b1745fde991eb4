// The relay as its user runs it, over real HTTP, in the oldest Node of this machine.
import { assert } from 'chai';
import { test } from 'vitest';
import { httpRelayTransport } from '../../src/devices/index.ts';
import { newOld, newYoung, pair, recoverable, succeeded } from '../devices/support.ts';
import { installExample } from '../support/example.ts';
import { freePort } from '../support/free-port.ts';
import { newKey } from '../support/kms.ts';
import { nodes } from '../support/serve-process.ts';

test('two devices pass a key over the relay of the template', async () => {
  const example = await installExample('relay', ['@hono/node-server']);
  const port = await freePort();
  const isReady = (answer: Response | undefined) => answer?.status === 404;
  const running = await example.start(nodes[0] as string, ['server.js'], { PORT: String(port) }, port, isReady);
  try {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, { MultiRegion: true });
    const transport = httpRelayTransport(`${running.url}/devices/`, { pause: 20 });
    const { offered } = succeeded(await pair(old, young, { add: { transport }, offer: { transport } }));
    assert.deepEqual(offered.added, [KeyId]);
    const tooMuch = await fetch(`${running.url}/${'0'.repeat(32)}/add/0`, {
      method: 'PUT',
      body: new Uint8Array(65_537),
    });
    assert.equal(tooMuch.status, 413);
  } finally {
    await running.stop();
    example.remove();
  }
}, 120_000);
