// What the pages of csp.e2e.test.ts do: seal and open in both manners, and write down what came of it.
import { openCipher } from '../../../src/cipher/cipher.ts';
import { beginOneTagMessage, readOneTagOptions } from '../../../src/cipher/one-tag/open.ts';
import { loadSyncCiphers } from '../../../src/cipher/wasm-engine.ts';

const key = new Uint8Array(32).fill(1);
const iv = new Uint8Array(12).fill(2);
const text = new TextEncoder().encode('text');
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const problems: string[] = [];
addEventListener('error', (event) => problems.push(`error: ${event.message}`));
addEventListener('unhandledrejection', (event) => problems.push(`rejection: ${String(event.reason)}`));
const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) =>
  violations.push(`${event.effectiveDirective} ${event.blockedURI}`),
);

/** What `work` returns, or the name and message of what it throws. */
async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? { name: error.name, message: error.message } : String(error);
  }
}

const cipher = await openCipher(key);
const sealed = await cipher.seal(iv, text);
/** The same message, through the engine for long ones, whose field is then one of JavaScript. */
async function oneTag(): Promise<string> {
  const message = await beginOneTagMessage(readOneTagOptions({ key, iv }));
  return hex(await message.seal(text)) + hex(await message.tag());
}

const results = {
  asynchronous: hex(sealed),
  opened: hex(await cipher.open(iv, sealed)),
  synchronous: await outcome(() => hex(cipher.sync.seal(iv, text))),
  loading: await outcome(async () => typeof (await loadSyncCiphers()).openKey),
  oneTag: await oneTag(),
  again: await outcome(async () => typeof (await loadSyncCiphers()).openKey),
};
await new Promise((resolve) => setTimeout(resolve, 50));
document.body.dataset['results'] = JSON.stringify({ ...results, problems, violations });
