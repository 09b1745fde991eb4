// An independent writer of messages over node:crypto that writes whatever it is told, and authenticates it: header tag, frames and signature
// fit what is written, so that nothing but the reader's own checks can refuse it.
import { createCipheriv, createSign, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';
import type { Keyring } from '../../src/esdk/index.ts';

const u16 = (value: number): Buffer => Buffer.of((value >>> 8) & 255, value & 255);
const u32 = (value: number): Buffer => Buffer.from([24, 16, 8, 0].map((shift) => (value >>> shift) & 255));
const u64 = (value: bigint): Buffer => Buffer.concat([u32(Number(value >> 32n)), u32(Number(value & 0xffff_ffffn))]);
const field = (bytes: Uint8Array): Buffer => Buffer.concat([u16(bytes.length), bytes]);
const text = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value);

type Pair = readonly [key: string | Uint8Array, value: string | Uint8Array];
export const contextOf = (pairs: readonly Pair[], count: number = pairs.length): Buffer =>
  Buffer.concat([u16(count), ...pairs.flatMap(([key, value]) => [field(text(key)), field(text(value))])]);
export const dataKeyOf = (providerId: string | Uint8Array, info: Uint8Array, ciphertext: Uint8Array): Buffer =>
  Buffer.concat([field(text(providerId)), field(info), field(ciphertext)]);

interface Frame {
  readonly data: Uint8Array;
  readonly isFinal?: boolean;
  readonly sequence?: number;
  readonly iv?: Uint8Array;
  /** Of a final frame, what its length field says. */
  readonly written?: number;
  /** What its additional data say. */
  readonly authenticated?: number;
}

/** What is written otherwise than it should be. */
export interface Forgery {
  readonly version?: number;
  readonly type?: number;
  readonly idWritten?: number;
  readonly context?: Uint8Array;
  readonly contextLength?: number;
  readonly dataKeys?: readonly Uint8Array[];
  readonly dataKeyCount?: number;
  readonly contentType?: number;
  readonly reserved?: number;
  readonly ivLength?: number;
  readonly frameLength?: number;
  readonly commitKey?: Uint8Array;
  readonly headerIv?: Uint8Array;
  readonly frames?: readonly Frame[];
  readonly block?: { readonly data: Uint8Array; readonly written?: bigint };
  readonly publicKey?: Uint8Array;
  readonly isPublicKeyLeftOut?: boolean;
  readonly sign?: (signature: Buffer) => Uint8Array;
  readonly signatureLength?: number;
  readonly behind?: Uint8Array;
}

const suites: Record<number, readonly [version: 1 | 2, keyLength: number, hash?: string, curve?: 'P-256' | 'P-384']> = {
  120: [1, 32],
  376: [1, 32, 'sha256'],
  532: [1, 16, 'sha256', 'P-256'],
  888: [1, 32, 'sha384', 'P-384'],
  1144: [2, 32, 'sha512'],
  1400: [2, 32, 'sha512', 'P-384'],
};
export const forgedSuites: readonly number[] = Object.keys(suites).map(Number);

const dataKey = randomBytes(32);
/** Gives the data key of every forged message, whatever the message says of its data keys. */
export const knowingKeyring: Keyring = {
  generateDataKey: () => Promise.reject(new Error('only read')),
  wrapDataKey: () => Promise.reject(new Error('only read')),
  async *unwrapDataKeys(_, { dataKeyLength }) {
    yield new Uint8Array(dataKey.subarray(0, dataKeyLength));
  },
};

function seal(key: Buffer, iv: Uint8Array, aad: Uint8Array, data: Uint8Array): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-gcm` as 'aes-256-gcm', key, iv).setAAD(aad);
  return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
}

export function forge(id: number, forgery: Forgery = {}): Uint8Array<ArrayBuffer> {
  const [version, keyLength, hash, curve] = suites[id] as (typeof suites)[number];
  const messageId = randomBytes(version === 1 ? 16 : 32);
  const material = dataKey.subarray(0, keyLength);
  const derive = (salt: Uint8Array, info: Uint8Array) =>
    Buffer.from(hkdfSync(hash as string, material, salt, info, keyLength));
  const v2Info = Buffer.concat([u16(id), Buffer.from('DERIVEKEY')]);
  const v1Info = Buffer.concat([u16(id), messageId]);
  const v1Key = hash === undefined ? material : derive(Buffer.alloc(0), v1Info);
  const key = version === 2 ? derive(messageId, v2Info) : v1Key;
  const pair = curve && generateKeyPairSync('ec', { namedCurve: curve });
  const point = pair?.publicKey.export({ type: 'spki', format: 'der' }).subarray(curve === 'P-256' ? -65 : -97);
  const half = point && (point.length - 1) / 2;
  const compressed = point && Buffer.of(2 + ((point.at(-1) as number) & 1), ...point.subarray(1, 1 + (half as number)));
  const publicKey = forgery.publicKey ?? compressed;
  const isNamed = publicKey !== undefined && !forgery.isPublicKeyLeftOut;
  const named: Pair[] = isNamed ? [['aws-crypto-public-key', Buffer.from(publicKey).toString('base64')]] : [];
  const context = forgery.context ?? contextOf([['a', 'b'], ...named]);
  const dataKeys = forgery.dataKeys ?? [dataKeyOf('p', Buffer.from('i'), randomBytes(40))];
  const isBlock = forgery.block !== undefined;
  const body = Buffer.concat([
    ...(version === 1 ? [Buffer.of(forgery.version ?? 1, forgery.type ?? 0x80)] : [Buffer.of(forgery.version ?? 2)]),
    ...[u16(forgery.idWritten ?? id), messageId, u16(forgery.contextLength ?? context.length), context],
    ...[u16(forgery.dataKeyCount ?? dataKeys.length), ...dataKeys, Buffer.of(forgery.contentType ?? (isBlock ? 1 : 2))],
    ...(version === 1 ? [u32(forgery.reserved ?? 0), Buffer.of(forgery.ivLength ?? 12)] : []),
    u32(forgery.frameLength ?? (isBlock ? 0 : 16)),
    ...(version === 2 ? [forgery.commitKey ?? derive(messageId, Buffer.from('COMMITKEY'))] : []),
  ]);
  const headerIv = forgery.headerIv ?? Buffer.alloc(12);
  const tag = seal(key, headerIv, body, Buffer.alloc(0));
  const aad = (name: string, sequence: number, length: number) =>
    Buffer.concat([messageId, Buffer.from(`AWSKMSEncryptionClient ${name}`), u32(sequence), u64(BigInt(length))]);
  const frame = (each: Frame, index: number): Buffer => {
    const { data, isFinal = false, sequence = index + 1, written = data.length, authenticated = data.length } = each;
    const iv = each.iv ?? Buffer.concat([Buffer.alloc(8), u32(sequence)]);
    const sealed = seal(key, iv, aad(isFinal ? 'Final Frame' : 'Frame', sequence, authenticated), data);
    const start = [...(isFinal ? [u32(0xffff_ffff)] : []), u32(sequence), iv, ...(isFinal ? [u32(written)] : [])];
    return Buffer.concat([...start, sealed]);
  };
  const block = ({ data, written = BigInt(data.length) }: NonNullable<Forgery['block']>): Buffer => {
    const iv = Buffer.concat([Buffer.alloc(8), u32(1)]);
    return Buffer.concat([iv, u64(written), seal(key, iv, aad('Single Block', 1, data.length), data)]);
  };
  const frames = forgery.frames ?? [{ data: randomBytes(16) }, { data: randomBytes(5), isFinal: true }];
  const content = forgery.block === undefined ? Buffer.concat(frames.map(frame)) : block(forgery.block);
  const message = Buffer.concat([body, ...(version === 1 ? [headerIv] : []), tag, content]);
  const own =
    pair &&
    createSign(curve === 'P-256' ? 'sha256' : 'sha384')
      .update(message)
      .sign(pair.privateKey);
  const signature = own && (forgery.sign?.(own) ?? own);
  const footer = signature ? [u16(forgery.signatureLength ?? signature.length), signature] : [];
  return new Uint8Array(Buffer.concat([message, ...footer, forgery.behind ?? Buffer.alloc(0)]));
}
