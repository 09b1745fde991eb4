// Everything lost: the databases of the origin deleted and localStorage emptied, as a browser or its user does. What is left is a file
// and a code on paper.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { newRecoveryCode, recoveryCode } from '../../src/unlock/index.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, uniqueName } from '../support/kms.ts';
import { assertLives, bytesOf, live, newSecret } from './support.ts';

const drop = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });

describe('everything lost', () => {
  for (const mode of ['recoverable', 'locked'] as const)
    for (const isNoticed of [true, false])
      test(`${mode}, ${isNoticed ? 'the loss noticed' : 'and nothing remembers that there was a keyring'}`, async () => {
        const name = uniqueName();
        const code = newRecoveryCode();
        const before = await openKms({ name, mode, slots: [newSecret(), recoveryCode(code)] });
        const life = await live(before);
        const file = await bytesOf((await before.export({ to: 'recovery-code' })).stream);
        before.destroy();
        await drop(`keyhaven:${name}`);
        if (!isNoticed) {
          localStorage.clear();
          await drop('keyhaven-witness');
        } else await assertFails(openKms({ name }), 'StoreEvicted', /backup/);

        const kms = await openKms({ name, onEvicted: 'continue' });
        assert.equal((await kms.listKeys()).Keys.length, 0);
        const by = recoveryCode(code.toLowerCase().replaceAll('-', ' '));
        const { added } = await kms.import({ from: new Blob([file]), by, mode: 'replace' });
        assert.equal(added, 4);
        await assertLives(kms, life);
        kms.destroy();

        const again = await openKms({ name });
        assert.deepInclude(await again.protection(), { mode, isLocked: mode === 'locked' });
        if (mode === 'locked') await again.unlock(by);
        await assertLives(again, life);
        await newKey(again);
        assert.deepEqual((await again.check()).findings, []);
        again.destroy();
      });
});
