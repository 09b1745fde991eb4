import { extract, expand } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
async function* cases(runtime: any): any {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const { subtle } = crypto;
  const native = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const info = new Uint8Array(11), info2 = new Uint8Array(9), salt = new Uint8Array(32);
  const iv = new Uint8Array(12), aad = new Uint8Array(72);
  const alg = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 };
  const n = 256, F = 4096;
  const src = new Uint8Array(n * F).fill(7), dst = new Uint8Array(n * (F + 32));
  const derive = async () => { const h = await subtle.importKey('raw', key, { name: 'HKDF' }, false, ['deriveBits']); return Promise.all([subtle.deriveBits({ name: 'HKDF', hash: { name: 'SHA-512' }, salt, info }, h, 256), subtle.deriveBits({ name: 'HKDF', hash: { name: 'SHA-512' }, salt, info: info2 }, h, 256)]); };
  const seal = (i: number) => subtle.encrypt(alg, native, src.subarray(i * F, (i + 1) * F));
  const into = async (out: Uint8Array, batch: number) => { for (let i = 0; i < n; i += batch) { const r = await Promise.all(Array.from({ length: batch }, (_, j) => seal(i + j))); r.forEach((b, j) => out.set(new Uint8Array(b), (i + j) * (F + 32) + 16)); } };
  const subjects: Record<string, () => unknown> = {
    'hkdf native': derive,
    'hkdf noble': () => { const p = extract(sha512, key, salt); expand(sha512, p, info, 32); expand(sha512, p, info2, 32); },
    'hmac sign': async () => { const h = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-512' }, false, ['sign']); return subtle.sign('HMAC', h, salt); },
    'import aes': () => subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']),
    'wrap 32': () => subtle.encrypt(alg, native, key),
    'empty tag': () => subtle.encrypt(alg, native, new Uint8Array(0)),
    '1 KB': () => subtle.encrypt(alg, native, src.subarray(0, 1024)),
    'random 32': () => crypto.getRandomValues(new Uint8Array(32)),
    'copy 1 MB': () => src.slice(),
    'fresh 1 MB': () => new Uint8Array(n * F).fill(1),
    'set 1 MB': () => dst.set(src),
    'into kept, awaited': async () => { for (let i = 0; i < n; i++) dst.set(new Uint8Array(await seal(i)), i * (F + 32) + 16); },
    'into kept, 16': () => into(dst, 16),
    'into kept, 64': () => into(dst, 64),
    'into kept, 256': () => into(dst, 256),
    'into fresh, 256': () => into(new Uint8Array(n * (F + 32)), 256),
    'into fresh, 16': () => into(new Uint8Array(n * (F + 32)), 16),
    'transfer': () => (new Uint8Array(n * F).fill(1).buffer as any).transfer(n * F - 10000),
    'set only': () => { const b = new Uint8Array(F + 16); for (let i = 0; i < n; i++) dst.set(b, i * (F + 32)); },
    'subarrays': () => { let x = 0; for (let i = 0; i < 4 * n; i++) x += dst.subarray(i, i + 10).length; return x; },
  };
  const best: Record<string, number> = {};
  for (let r = 0; r < 60; r++) for (const [name, f] of Object.entries(subjects)) { const k = name.includes(' MB') || name.includes('into') || name.includes('transfer') || name.includes('set') || name.includes('sub') ? 1 : 20; const t = performance.now(); for (let i = 0; i < k; i++) await f(); const d = (performance.now() - t) / k; best[name] = Math.min(best[name] ?? Infinity, d); }
  console.error(Object.entries(best).map(([k, v]) => `${k} ${(v * 1000).toFixed(1)}`).join('\n'));
}
export default { cases };
