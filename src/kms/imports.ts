// GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial: their requests, and what needs no cryptography. The rest is
// loaded at the first import.
import { changeRelated } from '../keyring/related.ts';
import type {
  DeleteImportedKeyMaterialOutput,
  GetParametersForImportOutput,
  ImportKeyMaterialOutput,
} from '../model/api/index.ts';
import { keyArn } from '../model/arn.ts';
import { NotFoundException } from '../model/errors/index.ts';
import { requireExternal, withoutImported } from '../model/imports.ts';
import { ciphertextMember, keyIdMember } from '../model/members.ts';
import { isPrimary } from '../model/multi-region.ts';
import { date, oneOf, type Shape, structure, text } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { type Body, change, resolveInDraft, type Service } from './service.ts';

const parametersRequest = structure(
  {
    KeyId: keyIdMember,
    WrappingAlgorithm: oneOf([
      'RSAES_PKCS1_V1_5',
      'RSAES_OAEP_SHA_1',
      'RSAES_OAEP_SHA_256',
      'RSA_AES_KEY_WRAP_SHA_1',
      'RSA_AES_KEY_WRAP_SHA_256',
      'SM2PKE',
    ]),
    WrappingKeySpec: oneOf(['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2']),
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

const materialIdMember: Shape<string> = text({ min: 64, max: 64, pattern: /^[a-f0-9]+$/ });
const importRequest = structure(
  { KeyId: keyIdMember, ImportToken: ciphertextMember, EncryptedKeyMaterial: ciphertextMember },
  {
    ValidTo: date,
    ExpirationModel: oneOf(['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE']),
    ImportType: oneOf(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL']),
    KeyMaterialDescription: text({ min: 0, max: 256, pattern: /^[a-zA-Z0-9:/_\s.-]*$/ }),
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
    if (key.next?.id === id && isPrimary(key, scope)) {
      // Material that was never current does not belong to the key yet: it goes everywhere, and other material may come.
      await changeRelated(draft, key, (each, there) => {
        there.removeMaterial(each.id, id);
        return { ...each, next: null };
      });
      return { key, id };
    }
    if (key.next?.id !== id && !key.materials.some((entry) => entry.id === id)) {
      throw new NotFoundException(`Key material '${id}' is not associated with the key ${keyArn(scope, key.id)}`);
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
