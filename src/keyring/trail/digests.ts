// Digests over the trail: signed, chained, and kept in the store, so that an export can be made again. A digest covers the records
// since the one before. Log files are not kept: they are made of the records, the same each time.
import { fromBase64, toBase64, toHex, utf8 } from '../../formats/bytes.ts';
import { decodeSpki } from '../../formats/key-der.ts';
import type { Custody } from '../../keys/custody.ts';
import { digestSigner, makeDigestKey, type SignDigest } from '../../keys/digest-key.ts';
import { randomBytes } from '../../keys/random.ts';
import type { Scope } from '../../model/arn.ts';
import { KeyUndecryptable } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import type { Store } from '../../store/port.ts';
import { groupId } from '../../trail/chain.ts';
import {
  type DigestedLog,
  fingerprintOf,
  hexSha256,
  logObject,
  newDigest,
  span,
  stringToSign,
  type TrailPlace,
} from '../../trail/digest.ts';
import { eventTime, recordForm } from '../../trail/record.ts';
import type { RowCodec } from '../row-codec.ts';
import { prefixOf } from '../tables.ts';
import type { KeptDigest, SigningKeyRecord } from './records.ts';
import { signingKeyRef } from './tables.ts';

export interface PublicKeyOfDigests {
  /** RSAPublicKey as DER. */
  readonly pkcs1: Bytes;
  readonly from: number;
  /** Null where it is still used. */
  readonly to: number | null;
}

/** Records of a new log file. */
export interface NewLog {
  readonly from: number;
  readonly to: number;
  readonly times: readonly string[];
  readonly body: Bytes;
}

export class TrailDigests {
  readonly #store: Store;
  readonly #codec: RowCodec;
  readonly #custody: Custody;
  readonly #scope: Scope;

  constructor(store: Store, codec: RowCodec, custody: Custody, scope: Scope) {
    this.#store = store;
    this.#codec = codec;
    this.#custody = custody;
    this.#scope = scope;
  }

  /** The public keys that digests were signed with, the newest first. */
  async publicKeys(): Promise<readonly PublicKeyOfDigests[]> {
    const ref = signingKeyRef(this.#scope);
    const [row] = await this.#store.read([ref]);
    if (row === undefined) return [];
    const { spki, createdAt, former } = await this.#codec.decodeOnce(ref, row);
    return [{ spki, createdAt, endedAt: null }, ...former].map((key) => ({
      pkcs1: pkcs1Of(key.spki),
      from: key.createdAt,
      to: key.endedAt,
    }));
  }

  /** The digests of a place, oldest first. */
  async list(place: TrailPlace): Promise<readonly KeptDigest[]> {
    const prefix = idPrefix(place);
    const found: KeptDigest[] = [];
    for (let after = prefix; ; ) {
      const rows = await this.#store.list('trail-digests', { after, limit: 100 });
      const ours = rows.filter(({ id }) => id.startsWith(prefix) && id.length === prefix.length + 16);
      for (const row of ours) found.push(await this.#codec.decodeOnce({ table: 'trail-digests', id: row.id }, row));
      if (rows.length < 100 || !rows.at(-1)?.id.startsWith(prefix)) break;
      after = rows.at(-1)?.id ?? after;
    }
    return found.reverse();
  }

  /**
   * Signs and keeps the next digest of a place.
   * @param previous the last one
   * @param last sequence number of the last record that it covers
   * @returns undefined where another tab was faster
   */
  async add(
    place: TrailPlace,
    previous: KeptDigest | undefined,
    period: { readonly start: number; readonly end: number },
    last: number,
    logs: readonly NewLog[],
  ): Promise<KeptDigest | undefined> {
    const { sign, pkcs1 } = await this.#signer(period.end);
    const listed = logs.map((log) => describeLog(place, log));
    const digest = newDigest(
      place,
      { start: eventTime(period.start), end: eventTime(period.end) },
      fingerprintOf(pkcs1),
      listed,
      previous && {
        bucket: place.bucket,
        object: previous.object,
        hash: hexSha256(utf8(previous.body)),
        signature: previous.signature,
      },
    );
    const body = JSON.stringify(digest);
    const kept: KeptDigest = {
      number: (previous?.number ?? 0) + 1,
      last,
      end: period.end,
      object: digest.digestS3Object,
      body,
      signature: toHex(await sign(stringToSign(digest, utf8(body)))),
      logs: listed.map(({ s3Object, hashValue }, i) => ({
        object: s3Object,
        hash: hashValue,
        from: logs[i]?.from ?? 0,
        to: logs[i]?.to ?? 0,
        form: recordForm,
      })),
    };
    const ref = { table: 'trail-digests', id: idPrefix(place) + groupId(kept.number) } as const;
    const value = await this.#codec.encode(ref, kept);
    const isWritten = await this.#store.commit([{ ...ref, version: undefined }], [{ ...ref, value }], 'strict');
    return isWritten ? kept : undefined;
  }

  /** The key of the account and Region, made at the first use, and again where the keyring moved and it could not follow. */
  async #signer(now: number): Promise<{ readonly sign: SignDigest; readonly pkcs1: Bytes }> {
    const ref = signingKeyRef(this.#scope);
    for (;;) {
      const [row] = await this.#store.read([ref]);
      const record = row && (await this.#codec.decodeOnce(ref, row));
      if (row && record) {
        const kept = { value: record.sealed === null ? none : fromBase64(record.sealed), key: row.key };
        const sign = await digestSigner(this.#custody, kept, fromBase64(record.spki)).catch(unlessLost);
        if (sign) return { sign, pkcs1: pkcs1Of(record.spki) };
      }
      const { spki, kept } = await makeDigestKey(this.#custody);
      const next: SigningKeyRecord = {
        spki: toBase64(spki),
        createdAt: now,
        sealed: kept.key === undefined ? toBase64(kept.value) : null,
        former: record ? [{ spki: record.spki, createdAt: record.createdAt, endedAt: now }, ...record.former] : [],
      };
      const put = { ...ref, value: await this.#codec.encode(ref, next), key: kept.key };
      // Read back before anything is signed with it; where another tab was faster, its key is taken.
      await this.#store.commit([{ ...ref, version: row?.version }], [put], 'strict');
    }
  }
}

const none = new Uint8Array(0);
const pkcs1Of = (spki: string): Bytes => decodeSpki('RSA_2048', fromBase64(spki)).slice();

function unlessLost(error: unknown): undefined {
  if (!(error instanceof KeyUndecryptable)) throw error;
  return undefined;
}

/** Of the digests of a place: the number follows, counting down, so that the newest is first. */
const idPrefix = ({ accountId, region, bucket, prefix, trailName }: TrailPlace): string =>
  `${prefixOf({ accountId, region })}${bucket}/${trailName}/${prefix}/`;

function describeLog(place: TrailPlace, { times, body }: NewLog): DigestedLog {
  const { newest, oldest } = span(times);
  return {
    s3Bucket: place.bucket,
    s3Object: logObject(place, times[0] ?? '', unique()),
    hashValue: hexSha256(body),
    hashAlgorithm: 'SHA-256',
    newestEventTime: newest ?? '',
    oldestEventTime: oldest ?? '',
  };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef';
/** 16 letters: 80 random bits. */
const unique = (): string => Array.from(randomBytes(16), (byte) => alphabet[byte % 32]).join('');
