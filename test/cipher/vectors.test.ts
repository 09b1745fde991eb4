// Published test vectors through both engines: a selection that lies in the project, and all of Wycheproof's and NIST's.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { TagLength } from '../../src/cipher/aead.ts';
import { fromHex, toHex } from '../support/bytes.ts';
import selection from '../vectors/aes-gcm.json' with { type: 'json' };
import { sharedVectors, vectorsAreAbsent } from '../vectors/load.ts';
import { type Engine, engines, errorName } from './engines.ts';

/** Key, IV, plaintext or null where the message must be refused, additional data, ciphertext, tag; all hex. */
type Case = readonly [key: string, iv: string, plaintext: string | null, aad: string, ciphertext: string, tag: string];

interface Wycheproof {
  testGroups: {
    tests: { key: string; iv: string; aad: string; msg: string; ct: string; tag: string; result: string }[];
  }[];
}
interface Cavp {
  groups: { tagLen: number; tests: Case[] }[];
}

async function check(engine: Engine, [key, iv, plaintext, aad, ciphertext, tag]: Case): Promise<void> {
  const options = { aad: fromHex(aad), tagLength: (tag.length / 2) as TagLength };
  const [keyBytes, ivBytes, sealed] = [fromHex(key), fromHex(iv), fromHex(ciphertext + tag)];
  if (plaintext === null) {
    const name = await errorName(() => engine.open(keyBytes, ivBytes, sealed, options));
    assert.include(['AuthenticationFailed', 'InvalidArgument'], name);
    return;
  }
  assert.equal(toHex(await engine.seal(keyBytes, ivBytes, fromHex(plaintext), options)), ciphertext + tag);
  assert.equal(toHex(await engine.open(keyBytes, ivBytes, sealed, options)), plaintext);
}

/** Checks every case whose lengths of key, IV and tag the engine takes here. */
async function checkAll(engine: Engine, cases: readonly Case[]): Promise<void> {
  const taken = new Map<string, boolean>();
  let count = 0;
  for (const each of cases) {
    const [keyBytes, ivBytes, tagBytes] = [each[0].length / 2, each[1].length / 2, (each[5].length / 2) as TagLength];
    const lengths = `${keyBytes} ${ivBytes} ${tagBytes}`;
    if (!taken.has(lengths)) taken.set(lengths, await engine.takes(keyBytes, ivBytes, tagBytes));
    if (!taken.get(lengths)) continue;
    await check(engine, each);
    count++;
  }
  if (engine.name === 'wasm') assert.equal(count, cases.length);
  else assert.isAbove(count, cases.length / 20);
}

for (const engine of engines) {
  describe(`AES-GCM vectors, ${engine.name} engine`, () => {
    test('the selection in test/vectors', () => checkAll(engine, selection.cases as unknown as Case[]));

    test('Wycheproof, IVs of 96 bits', async ({ skip }) => {
      const file = (await sharedVectors<Wycheproof>('wycheproof/aes_gcm_iv96_test.json')) ?? skip(vectorsAreAbsent);
      const cases = file.testGroups.flatMap(({ tests }) =>
        tests.map((t): Case => [t.key, t.iv, t.result === 'valid' ? t.msg : null, t.aad, t.ct, t.tag]),
      );
      await checkAll(engine, cases);
    });

    for (const path of ['nist/aes_gcm_cavp_encrypt128.json', 'nist/aes_gcm_cavp_decrypt256.json']) {
      test(`${path}, tags of 12 to 16 bytes`, async ({ skip }) => {
        const file = (await sharedVectors<Cavp>(path)) ?? skip(vectorsAreAbsent);
        await checkAll(
          engine,
          file.groups.filter(({ tagLen }) => tagLen >= 96).flatMap(({ tests }) => tests),
        );
      }, 120_000);
    }
  });
}
