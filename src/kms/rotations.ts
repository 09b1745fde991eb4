// ListKeyRotations: the material of a key, oldest first.
import type { ListKeyRotationsOutput, RotationsListEntry } from '../model/api/index.ts';
import { InvalidMarkerException, ValidationException } from '../model/errors/index.ts';
import type { KeyRecord, MaterialEntry, NextMaterial } from '../model/key-record.ts';
import { keyIdMember, limitMember, markerMember } from '../model/members.ts';
import { cutPage, pageSize, startOf } from '../model/page.ts';
import { includeKeyMaterialMember } from '../model/rare-members.ts';
import { isRotatable } from '../model/rotation.ts';
import { structure } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { expiryOf } from './expiry.ts';
import { type Body, resolveManaged, type Service } from './service.ts';

const listRequest = structure(
  { KeyId: keyIdMember },
  {
    IncludeKeyMaterial: includeKeyMaterialMember,
    Limit: limitMember,
    Marker: markerMember,
  },
);

export async function listKeyRotations(service: Service, input: unknown): Promise<Body<ListKeyRotationsOutput>> {
  const request = service.call.read(listRequest, input);
  const isAll = request.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'ListKeyRotations', request);
  // What is never rotated has an empty list, and none of its material.
  if (request.IncludeKeyMaterial !== undefined && !isRotatable(key))
    throw new ValidationException('Input parameter includeKeyMaterial can only be used with symmetric keys.');
  const listing = `ListKeyRotations ${key.id} ${isAll}`;
  const after = startOf(request, listing);
  const entries = await entriesOf(service, key, isAll);
  const last = entries.findIndex(({ KeyMaterialId }) => KeyMaterialId === after);
  if (after !== undefined && last === -1)
    throw new InvalidMarkerException(`Could not deserialize marker '${request.Marker}'`);
  const size = pageSize(request, { standard: 100, most: 1000 });
  const { page, end } = cutPage(entries.slice(last + 1), size, listing, ({ KeyMaterialId }) => KeyMaterialId);
  return { Rotations: [...page], ...end };
}

async function entriesOf(service: Service, key: KeyRecord, isAll: boolean): Promise<readonly RotationsListEntry[]> {
  const current = key.materials.at(-1);
  const entries = key.materials
    .filter(({ rotated }) => isAll || rotated !== undefined)
    .map((entry) => entryOf(key, entry, entry === current ? 'CURRENT' : 'NON_CURRENT'));
  const isWaiting = key.next && !key.next.rotation;
  return isAll && isWaiting
    ? [...entries, entryOf(key, key.next, await waitingState(service, key, key.next))]
    : entries;
}

/** Imported material can be rotated to once it was imported in every Region of the key. A key of one Region has one state for it. */
async function waitingState(
  { keyring, scope }: Service,
  key: KeyRecord,
  next: NextMaterial,
): Promise<RotationsListEntry['KeyMaterialState']> {
  if (!key.isMultiRegion) return 'PENDING_ROTATION';
  if (next.imported === false) return 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  for (const region of [key.regions?.primary, ...(key.regions?.replicas ?? [])]) {
    if (region === undefined || region === scope.region) continue;
    const there = await keyring.at({ ...scope, region }).find({ kind: 'key', id: key.id });
    if (there?.next?.imported === false) return 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  }
  return 'PENDING_ROTATION';
}

function entryOf(
  key: KeyRecord,
  entry: MaterialEntry,
  KeyMaterialState: RotationsListEntry['KeyMaterialState'],
): RotationsListEntry {
  return {
    KeyId: key.id,
    KeyMaterialId: entry.id,
    KeyMaterialState,
    ...(key.origin === 'EXTERNAL' ? importOf(entry) : {}),
    ...(entry.rotated ? { RotationDate: new Date(entry.rotated.at), RotationType: entry.rotated.type } : {}),
  };
}

function importOf({ imported, description }: MaterialEntry): Partial<RotationsListEntry> {
  return {
    ...(description === undefined ? {} : { KeyMaterialDescription: description }),
    ImportState: imported ? 'IMPORTED' : 'PENDING_IMPORT',
    ...(imported ? expiryOf(imported.expiresAt) : {}),
  };
}
