import { decrypt, encrypt, rawAesKeyring } from '../../dist/esdk/index.js';
import { loadSyncCiphers } from '../../dist/cipher/wasm-engine.js';
import { loadEsdkPeer } from '../peers/esdk.ts';
async function* cases(runtime: any): any {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const suiteId = 0x0478 as const;
  const peer = await loadEsdkPeer(runtime, { keyNamespace: 'b', keyName: 'k', key, suiteId });
  const keyring = rawAesKeyring({ keyNamespace: 'b', keyName: 'k', wrappingKey: key });
  const native = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const core = (await loadSyncCiphers()).openKey(key);
  const out: string[] = [];
  for (const [bytes, frameLength, rounds] of [[1024, 4096, 300], [1 << 20, 4096, 40], [1 << 20, 65536, 40], [16 << 20, 4096, 8], [16<<20, 65536, 8]] as const) {
    const p = new Uint8Array(bytes).fill(7);
    const m = await encrypt(keyring, p, { suiteId, frameLength });
    const n = Math.ceil(bytes / frameLength);
    const iv = new Uint8Array(12), aad = new Uint8Array(72);
    const frame = new Uint8Array(Math.min(bytes, frameLength)).fill(3);
    const into = new Uint8Array(frame.length + 16);
    const alg = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 };
    const subjects: Record<string, () => unknown> = {
      'ours enc': () => encrypt(keyring, p, { suiteId, frameLength, encryptionContext: { a: 'b' } }),
      'theirs enc': () => peer.encrypt(p, { frameLength, encryptionContext: { a: 'b' } }),
      'ours dec': () => decrypt(keyring, m),
      'theirs dec': () => peer.decrypt(m),
      'bare awaited': async () => { for (let i = 0; i < n; i++) await crypto.subtle.encrypt(alg, native, frame); },
      'bare flight 16': async () => { for (let i = 0; i < n; i += 16) await Promise.all(Array.from({ length: Math.min(16, n - i) }, () => crypto.subtle.encrypt(alg, native, frame))); },
      'bare flight 256': async () => { for (let i = 0; i < n; i += 256) await Promise.all(Array.from({ length: Math.min(256, n - i) }, () => crypto.subtle.encrypt(alg, native, frame))); },
      core: () => { for (let i = 0; i < n; i++) core.seal(iv, frame, { aad, into }); },
    };
    const best: Record<string, number> = {};
    for (let r = 0; r < rounds; r++) for (const [name, f] of Object.entries(subjects)) { const t = performance.now(); await f(); const d = performance.now() - t; best[name] = Math.min(best[name] ?? Infinity, d); }
    out.push(`${bytes}/${frameLength}: ` + Object.entries(best).map(([k, v]) => `${k} ${(v * 1000).toFixed(0)}`).join(', ') + ` us; ratio enc ${(best['theirs enc']! / best['ours enc']!).toFixed(2)} dec ${(best['theirs dec']! / best['ours dec']!).toFixed(2)}`);
    console.error(out.at(-1));
  }
}
export default { cases };
