// Scratch space in the origin private file system, where a page can write one.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openScratch } from '../../src/store/scratch.ts';

const folder = 'keyhaven-scratch';

async function files(): Promise<string[]> {
  const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  const names: string[] = [];
  for await (const name of (directory as unknown as { keys(): AsyncIterable<string> }).keys())
    if (!name.endsWith('.crswap')) names.push(name);
  return names;
}

describe('scratch files', () => {
  test('are there while they are in use, and others that nobody uses are removed', async ({ skip }) => {
    if (!('createWritable' in (globalThis.FileSystemFileHandle?.prototype ?? {})))
      return skip('a page cannot write files here; scratch space is in Blobs');
    const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
    await directory.getFileHandle('left over', { create: true });
    const [first, second] = [openScratch(), openScratch()];
    for (const scratch of [first, second])
      for (let piece = 0; piece < 34; piece++) await scratch.write(new Uint8Array(1 << 20));
    assert.notInclude(await files(), 'left over');
    assert.equal((await files()).length, 2);
    await first.finish();
    assert.equal((await first.read(33 << 20, 2 << 20)).length, 1 << 20);
    await first.dispose();
    assert.equal((await files()).length, 1);
    await second.dispose();
    assert.deepEqual(await files(), []);
  }, 60_000);
});
