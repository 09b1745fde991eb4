// ImportKeyMaterial. The material is in JavaScript between unwrapping and keeping only, and is wiped then.
import { toBase64 } from '../formats/bytes.ts';
import type { Draft } from '../keyring/draft.ts';
import { relatedKeys } from '../keyring/related.ts';
import type { ImportKeyMaterialOutput } from '../model/api/index.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import {
  IncorrectKeyMaterialException,
  InvalidCiphertextException,
  KMSInvalidStateException,
  ValidationException,
} from '../model/errors/index.ts';
import { type ImportRequest, longestValidity, requireExternal } from '../model/imports.ts';
import { type KeyRecord, keyState, type MaterialEntry, requireNotPendingDeletion } from '../model/key-record.ts';
import { withoutImported } from '../model/material-expiry.ts';
import { isPrimary, requirePrimary } from '../model/multi-region.ts';
import { readBack, secretKind } from './asymmetric.ts';
import { authorise } from './authorise.ts';
import { acceptToken } from './import-parameters.ts';
import { type Body, change, resolveInDraft, resolveManaged, type Service } from './service.ts';

export async function importMaterial(service: Service, request: ImportRequest): Promise<Body<ImportKeyMaterialOutput>> {
  const { keyring, scope } = service;
  const found = await resolveManaged(service, request.KeyId);
  await authorise(service, found, 'ImportKeyMaterial', request, {
    // Absent where the request leaves it out: AWS's own example asks for that with Null.
    'kms:ExpirationModel': request.ExpirationModel,
    ...(request.ValidTo === undefined ? {} : { 'kms:ValidTo': new Date(request.ValidTo).toISOString() }),
  });
  requireExternal(found, scope);
  requireNotPendingDeletion(found, scope);
  const expiresAt = readExpiry(request, keyring.now);
  requireFitting(request, found, scope);
  const { id, kept, spki } = await unwrapAndKeep(service, found, request);
  if (request.KeyMaterialId !== undefined && request.KeyMaterialId !== id) {
    throw notExpected(request.KeyMaterialId);
  }
  await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    requireExternal(key, scope);
    requireNotPendingDeletion(key, scope);
    draft.putMaterial(key.id, id, kept);
    if (key.spec === 'SYMMETRIC_DEFAULT') service.call.respond({ KeyMaterialId: id });
    await place(draft, key, request, {
      id,
      createdAt: draft.now,
      imported: { expiresAt },
      ...(spki === undefined ? {} : { publicKey: toBase64(spki) }),
      ...(request.KeyMaterialDescription === undefined ? {} : { description: request.KeyMaterialDescription }),
    });
  });
  await confirm(service, found.id, id);
  // The ids of other material stay inside, as in DescribeKey.
  return { KeyId: keyArn(scope, found.id), ...(found.spec === 'SYMMETRIC_DEFAULT' ? { KeyMaterialId: id } : {}) };
}

/** @returns when the material expires, or null. @throws ValidationException */
function readExpiry({ ExpirationModel, ValidTo }: ImportRequest, now: number): number | null {
  if (ExpirationModel === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (ValidTo === undefined) return null;
    throw new ValidationException(
      'A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    );
  }
  if (ValidTo === undefined) {
    throw new ValidationException('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES');
  }
  if (ValidTo <= now) throw new ValidationException('ValidTo must be in the future');
  if (ValidTo > now + longestValidity)
    throw new ValidationException('ValidTo must be less than 365 days in the future');
  return ValidTo;
}

/** @throws ValidationException where members do not go together, or not with the key */
function requireFitting(request: ImportRequest, key: KeyRecord, scope: Scope): void {
  const { ImportType, KeyMaterialDescription, KeyMaterialId } = request;
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    const members = Object.entries({
      importType: ImportType,
      keyMaterialId: KeyMaterialId,
      keyMaterialDescription: KeyMaterialDescription,
    });
    const [given] = members.find(([, value]) => value !== undefined) ?? [];
    if (given === undefined) return;
    throw new ValidationException(`Input parameter ${given} cannot be used with ${key.spec} imported keys.`);
  }
  const isNew = ImportType === 'NEW_KEY_MATERIAL';
  if (isNew && KeyMaterialId !== undefined)
    throw new ValidationException('Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.');
  if (isPrimary(key, scope)) return;
  if (isNew)
    throw new ValidationException(
      'Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys',
    );
  if (KeyMaterialDescription !== undefined)
    throw new ValidationException('Key material description can only be specified on primary Multi-Region keys');
}

async function unwrapAndKeep(service: Service, key: KeyRecord, request: ImportRequest) {
  const { materials } = service.keyring;
  const token = await acceptToken(service, key.id, request.ImportToken);
  const bytes = await materials.unwrap(key.id, token.row, token.wrapping, request.EncryptedKeyMaterial);
  if (bytes === undefined) throw new InvalidCiphertextException();
  try {
    return await materials.take(secretKind(key), key.id, bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InvalidCiphertextException();
  } finally {
    bytes.fill(0);
  }
}

/** Puts imported material to its place in the record: the first of the key, one that is known, or the next. */
async function place(draft: Draft, key: KeyRecord, request: ImportRequest, entry: MaterialEntry): Promise<void> {
  const known = [...key.materials, ...(key.next ? [key.next] : [])];
  const isKnown = known.some(({ id }) => id === entry.id);
  const type = request.ImportType ?? (known.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL');
  const { scope } = draft;
  if (type === 'EXISTING_KEY_MATERIAL') {
    if (!isKnown) throw notExpected((key.materials.at(-1) ?? entry).id);
    return draft.putKey(withAgain(key, entry));
  }
  if (isKnown) {
    throw new IncorrectKeyMaterialException(
      `Key material (id: ${entry.id}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${keyArn(scope, key.id)}.`,
    );
  }
  requirePrimary(key, scope);
  if (key.materials.length === 0) return draft.putKey({ ...key, isEnabled: true, materials: [entry] });
  if (key.spec !== 'SYMMETRIC_DEFAULT')
    throw new IncorrectKeyMaterialException('A key of this spec has one material for life.');
  if (key.next) throw isWaiting(key, key.next.id, entry.id, scope);
  for (const related of await relatedKeys(draft, key)) {
    const isHere = related.draft.scope.region === scope.region;
    await related.draft.putKey({ ...related.key, next: isHere ? entry : { ...entry, imported: false } });
  }
}

/** A key with material that it had before. Where it is whole then it is enabled, also where it was disabled: as in AWS. */
function withAgain(key: KeyRecord, entry: MaterialEntry): KeyRecord {
  const { imported, description } = entry;
  const again = <T extends MaterialEntry>(old: T): T =>
    old.id === entry.id
      ? {
          ...old,
          ...(imported === undefined ? {} : { imported }),
          ...(description === undefined ? {} : { description }),
        }
      : old;
  const whole = { ...key, materials: key.materials.map(again), ...(key.next ? { next: again(key.next) } : {}) };
  return keyState(whole) === 'PendingImport' ? whole : { ...whole, isEnabled: true };
}

const notExpected = (id: string): IncorrectKeyMaterialException =>
  new IncorrectKeyMaterialException(`Imported key material does not have the expected identifier (${id}).`);

const isWaiting = (key: KeyRecord, waiting: string, given: string, scope: Scope): KMSInvalidStateException =>
  new KMSInvalidStateException(
    `New key material (id: ${given}) cannot be imported into KMS key ${keyArn(scope, key.id)}, because another key material (id: ${waiting}) is pending rotation.`,
  );

/** Reads the material back; what cannot be read back is not imported. */
async function confirm(service: Service, keyId: string, id: string): Promise<void> {
  const { keyring } = service;
  keyring.materials.forget(keyId);
  try {
    const key = await resolveManaged(service, keyId);
    await keyring.materials.confirm(keyId, () => readBack(service, key, id));
  } catch (error) {
    await change(service, async (draft) => {
      draft.removeMaterial(keyId, id);
      await draft.putKey(withoutImported(await resolveInDraft(draft, service, keyId), [id]));
    });
    throw error;
  }
}
