// Whole messages of the AWS Encryption SDK against the official clients: suite 0478, a raw AES key, one pair of context, encrypted and
// decrypted. In Node against client-node, in a page against client-browser.
import { decrypt, encrypt, rawAesKeyring } from '../../dist/esdk/index.js';
import type { Case, Effort, Row } from '../harness/measure.ts';
import { awaited } from '../harness/subjects.ts';
import type { BenchRuntime, Suite } from '../harness/suite.ts';
import { type EsdkPeer, loadEsdkPeer } from '../peers/esdk.ts';

const sizes = [1024, 1 << 20, 16 << 20];
const frameLengths = [4096, 65_536];
const encryptionContext = { purpose: 'bench' };
const suiteId = 0x0478;
const ours = 'keyhaven';

function effortFor(bytes: number): Effort {
  if (bytes > 1 << 20) return { rounds: 5, slice: 100 };
  return bytes > 65_536 ? { rounds: 11, slice: 60 } : { rounds: 31, slice: 20 };
}

async function* cases(runtime: BenchRuntime): AsyncGenerator<readonly [Case, Effort]> {
  const [keyNamespace, keyName] = ['bench', 'key'];
  const key = crypto.getRandomValues(new Uint8Array(32));
  const peer: EsdkPeer = await loadEsdkPeer(runtime, { keyNamespace, keyName, key, suiteId });
  const keyring = rawAesKeyring({ keyNamespace, keyName, wrappingKey: key });
  for (const frameLength of frameLengths)
    for (const bytes of sizes) {
      const plaintext = new Uint8Array(bytes).fill(7);
      const options = { encryptionContext, suiteId, frameLength } as const;
      yield [
        {
          name: `encrypt, frames of ${frameLength >> 10} KB`,
          bytes,
          subjects: [
            awaited(ours, () => encrypt(keyring, plaintext, options)),
            awaited(peer.name, () => peer.encrypt(plaintext, { encryptionContext, frameLength })),
          ],
        },
        effortFor(bytes),
      ];
      const message = await encrypt(keyring, plaintext, options);
      yield [
        {
          name: `decrypt, frames of ${frameLength >> 10} KB`,
          bytes,
          subjects: [awaited(ours, () => decrypt(keyring, message)), awaited(peer.name, () => peer.decrypt(message))],
        },
        effortFor(bytes),
      ];
    }
}

/** Times faster than the peer; the targets are 4 in Chromium and 3 in Node at frames of 4 KB, and 1 at 64 KB. */
function summary(rows: readonly Row[], runtime: BenchRuntime): string[] {
  return rows
    .filter(({ subject }) => subject === ours)
    .map((row) => {
      const other = rows.find((each) => each.case === row.case && each.bytes === row.bytes && each.subject !== ours);
      const target = row.case.endsWith(' 4 KB') ? (runtime === 'node' ? 3 : 4) : 1;
      const ratio = (other?.us ?? Number.NaN) / row.us;
      const verdict = ratio >= target ? 'reached' : 'MISSED';
      return `${verdict.padEnd(8)} ${ratio.toFixed(2).padStart(7)}x  (go for ${target}x)  ${row.case}, ${row.bytes} B`;
    });
}

const suite: Suite = { cases, summary };
export default suite;
