// A backup with an application's files in it is written and taken with one row in memory, however long it is.
import { mkdtempSync, openAsBlob, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { test } from 'vitest';
import { aliveInBuffers } from '../support/alive-in-buffers.ts';
import { newKey, newKms } from '../support/kms.ts';
import { newKeyring, newSecret } from './support.ts';

const total = 96 << 20;
const rowLength = 1 << 20;
const most = 24 << 20;

test('a backup of 96 MiB needs less than 24, to be written and to be taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-backup-'));
  try {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    await newKey(kms);
    const before = await aliveInBuffers();
    let peak = 0;
    const look = async (index: number) => {
      if (index % 24 === 12) peak = Math.max(peak, (await aliveInBuffers()) - before);
    };
    async function* records() {
      for (let index = 0; index < total / rowLength; index++) {
        await look(index);
        yield { id: `${index}`, value: new Uint8Array(rowLength).fill(index) };
      }
    }
    const path = join(folder, 'backup');
    const file = await open(path, 'w');
    for await (const piece of (await kms.export({ records: records() })).stream) await file.write(piece);
    await file.close();
    let taken = 0;
    await (await newKms()).import({
      from: await openAsBlob(path),
      by,
      async onRecord({ value }) {
        await look(taken++);
        assert.equal(value.length, rowLength);
      },
    });
    assert.equal(taken, total / rowLength);
    assert.isAbove(peak, 0);
    assert.isBelow(peak, most);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
