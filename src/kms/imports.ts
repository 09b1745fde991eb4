// GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial: their requests, and what needs no cryptography. The rest is
// loaded at the first import.
import { changeRelated } from '../keyring/related.ts';
import type {
  DeleteImportedKeyMaterialOutput,
  GetParametersForImportOutput,
  ImportKeyMaterialOutput,
} from '../model/api/index.ts';
import { keyArn } from '../model/arn.ts';
import { ValidationException } from '../model/errors/index.ts';
import { requireExternal } from '../model/imports.ts';
import { withoutImported } from '../model/material-expiry.ts';
import { ciphertextMember, keyIdMember } from '../model/members.ts';
import { isPrimary } from '../model/multi-region.ts';
import {
  expirationModelMember,
  importTypeMember,
  materialDescriptionMember,
  materialIdMember,
  wrappingAlgorithmMember,
  wrappingKeySpecMember,
} from '../model/rare-members.ts';
import { date, structure } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { type Body, change, resolveInDraft, type Service } from './service.ts';

const parametersRequest = structure(
  {
    KeyId: keyIdMember,
    WrappingAlgorithm: wrappingAlgorithmMember,
    WrappingKeySpec: wrappingKeySpecMember,
  },
  {},
);

export async function getParametersForImport(
  service: Service,
  input: unknown,
): Promise<Body<GetParametersForImportOutput>> {
  const request = service.call.read(parametersRequest, input);
  return (await import('./import-parameters.ts')).getParameters(service, request);
}

const importRequest = structure(
  { KeyId: keyIdMember, ImportToken: ciphertextMember, EncryptedKeyMaterial: ciphertextMember },
  {
    ValidTo: date,
    ExpirationModel: expirationModelMember,
    ImportType: importTypeMember,
    KeyMaterialDescription: materialDescriptionMember,
    KeyMaterialId: materialIdMember,
  },
);

export async function importKeyMaterial(service: Service, input: unknown): Promise<Body<ImportKeyMaterialOutput>> {
  const request = service.call.read(importRequest, input);
  return (await import('./import-material.ts')).importMaterial(service, request);
}

const deleteRequest = structure({ KeyId: keyIdMember }, { KeyMaterialId: materialIdMember });

export async function deleteImportedKeyMaterial(
  service: Service,
  input: unknown,
): Promise<Body<DeleteImportedKeyMaterialOutput>> {
  const request = service.call.read(deleteRequest, input);
  const { keyring, scope } = service;
  const { key, id } = await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, 'DeleteImportedKeyMaterial', request);
    requireExternal(key, scope);
    const id = request.KeyMaterialId ?? key.materials.at(-1)?.id;
    if (id === undefined) return { key, id };
    if (key.spec === 'SYMMETRIC_DEFAULT') service.call.respond({ KeyMaterialId: id });
    if (key.next?.id === id && isPrimary(key, scope)) {
      // Material that was never current does not belong to the key yet: it goes everywhere, and other material may come.
      await changeRelated(draft, key, (each, there) => {
        there.removeMaterial(each.id, id);
        return { ...each, next: null };
      });
      return { key, id };
    }
    if (key.next?.id !== id && !key.materials.some((entry) => entry.id === id)) {
      throw new ValidationException(
        `Key material (id: ${id}) has never been imported into KMS key ${keyArn(scope, key.id)}.`,
      );
    }
    draft.removeMaterial(key.id, id);
    await draft.putKey(withoutImported(key, [id]));
    return { key, id };
  });
  keyring.materials.forget(key.id);
  return {
    KeyId: keyArn(scope, key.id),
    ...(id === undefined || key.spec !== 'SYMMETRIC_DEFAULT' ? {} : { KeyMaterialId: id }),
  };
}
