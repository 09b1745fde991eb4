// Keys on their way to another device: their records as JSON, and after them the bytes of their material, in the order of the records.
// Pure: the parcel is sealed by the caller, who wipes it.
import { isKeyId, isMultiRegionKeyId, isRegion } from '../model/arn.ts';
import { mostParcelBytes, mostParcelKeys } from '../model/device-record.ts';
import type { MaterialEntry, RotationSchedule } from '../model/key-record.ts';
import {
  chooseKind,
  type KeyKind,
  keyOriginMember,
  keySpecMember,
  keyUsageMember,
  requireMade,
} from '../model/key-spec.ts';
import { descriptionMember } from '../model/members.ts';
import { materialDescriptionMember, materialIdMember, policyMember, tagsMember } from '../model/rare-members.ts';
import { list, oneOf, type Read, readRequest, structure, text, whole } from '../model/shape.ts';
import { type Bytes, concat, utf8 } from './bytes.ts';

/** A replica as it travels. */
export interface PortableKey extends KeyKind {
  readonly id: string;
  readonly regions: { readonly primary: string; readonly replicas: readonly string[] };
  readonly description: string;
  readonly policy: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly rotation: RotationSchedule | null;
  /** All material, oldest first. Entries of imported material have no bytes: AWS has it imported into each Region. */
  readonly materials: readonly PortableMaterial[];
}

export interface PortableMaterial {
  readonly entry: MaterialEntry;
  /** PKCS#8, the bytes of a MAC key, or 32 bytes of a symmetric key. */
  readonly bytes: Bytes | undefined;
}

const prefixLength = 4;
const time = whole({ min: 0, max: Number.MAX_SAFE_INTEGER });
const region = text({ min: 1, max: 32 });

const materialShape = structure(
  { id: materialIdMember, createdAt: time, length: whole({ min: 0, max: 16_384 }) },
  {
    publicKey: text({ min: 1, max: 16_384, pattern: '[A-Za-z0-9+/]+={0,2}' }),
    rotated: structure({ at: time, type: oneOf(['AUTOMATIC', 'ON_DEMAND']) }, {}),
    description: materialDescriptionMember,
  },
);
const keyShape = structure(
  {
    id: text({ min: 1, max: 64 }),
    spec: keySpecMember,
    usage: keyUsageMember,
    origin: keyOriginMember,
    primary: region,
    replicas: list(region, { min: 1, max: 100 }),
    description: descriptionMember,
    policy: policyMember,
    tags: tagsMember,
    materials: list(materialShape, { min: 0, max: 10_000 }),
  },
  { rotation: structure({ periodInDays: whole({ min: 90, max: 2560 }), nextAt: time }, {}) },
);
const parcelShape = structure({ keys: list(keyShape, { min: 0, max: mostParcelKeys }) }, {});

/** Length of the JSON (4), the JSON, and the bytes of all material. The caller wipes what it gave, and the parcel. */
export function encodeParcel(keys: readonly PortableKey[]): Bytes {
  const json = utf8(JSON.stringify({ keys: keys.map(describe) }));
  const prefix = new Uint8Array(prefixLength);
  new DataView(prefix.buffer).setUint32(0, json.length);
  const secrets = keys.flatMap(({ materials }) => materials.flatMap(({ bytes }) => bytes ?? []));
  return concat(prefix, json, ...secrets);
}

function describe({ regions, tags, materials, ...key }: PortableKey) {
  return {
    ...key,
    ...regions,
    tags: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    materials: materials.map(({ entry: { id, createdAt, publicKey, rotated, description }, bytes }) => ({
      id,
      createdAt,
      publicKey,
      rotated,
      description,
      length: bytes?.length ?? 0,
    })),
  };
}

/** @returns undefined for what is no parcel; the caller wipes the bytes of the material, which are copies */
export function parseParcel(parcel: Bytes): readonly PortableKey[] | undefined {
  if (parcel.length < prefixLength || parcel.length > mostParcelBytes) return undefined;
  const end = prefixLength + new DataView(parcel.buffer, parcel.byteOffset).getUint32(0);
  if (end > parcel.length) return undefined;
  try {
    const json: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(parcel.subarray(prefixLength, end)),
    );
    const { keys } = readRequest(parcelShape, json);
    const lengths = keys.flatMap(({ materials }) => materials.map(({ length }) => length));
    // Before anything is copied.
    if (end + lengths.reduce((sum, length) => sum + length, 0) !== parcel.length) return undefined;
    let offset = end;
    const take = (length: number): Bytes => {
      offset += length;
      return parcel.slice(offset - length, offset);
    };
    const read = keys.map((key) => portable(key, take));
    return new Set(read.map(({ id }) => id)).size === read.length ? read : undefined;
  } catch {
    return undefined;
  }
}

/** @throws RangeError, ValidationException where members do not go together */
function portable(key: Read<typeof keyShape>, take: (length: number) => Bytes): PortableKey {
  const { id, primary, replicas, description, policy, tags } = key;
  const { spec: KeySpec, usage: KeyUsage, origin: Origin } = key;
  const kind = requireMade(chooseKind({ KeySpec, CustomerMasterKeySpec: undefined, KeyUsage, Origin }));
  const isExternal = kind.origin === 'EXTERNAL';
  const hasEnough = key.materials.length > 0 || isExternal;
  const areFit = key.materials.every(({ length }) => length > 0 !== isExternal);
  if (!isKeyId(id) || !isMultiRegionKeyId(id) || ![primary, ...replicas].every(isRegion) || !hasEnough || !areFit)
    throw new RangeError('The key is not one that could be replicated.');
  return {
    ...kind,
    id,
    regions: { primary, replicas: [...replicas] },
    description,
    policy,
    tags: tags.map(({ TagKey, TagValue }) => [TagKey, TagValue] as const),
    rotation: key.rotation ? { periodInDays: key.rotation.periodInDays, nextAt: key.rotation.nextAt } : null,
    materials: key.materials.map(({ id: materialId, createdAt, publicKey, rotated, description: words, length }) => ({
      entry: {
        id: materialId,
        createdAt,
        ...(publicKey === undefined ? {} : { publicKey }),
        ...(rotated === undefined ? {} : { rotated: { at: rotated.at, type: rotated.type } }),
        ...(words === undefined ? {} : { description: words }),
        ...(isExternal ? { imported: false as const } : {}),
      },
      bytes: isExternal ? undefined : take(length),
    })),
  };
}
