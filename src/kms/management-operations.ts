// The operations that manage keys, and all that is kept beside them: what AWS calls the control plane. Few pages need them at once,
// so each family is loaded at its first call.
import type * as api from '../model/api/index.ts';
import { answer } from './answer.ts';
import { family } from './family.ts';
import { RootMethods } from './root-methods.ts';
import type { IdleService } from './service.ts';

type Options = api.CallOptions | undefined;

const keys = family(() => import('./keys.ts'));
const description = family(() => import('./description.ts'));
const lastUsage = family(() => import('./last-usage.ts'));
const deletion = family(() => import('./deletion.ts'));
const aliases = family(() => import('./aliases.ts'));
const policies = family(() => import('./policies.ts'));
const grants = family(() => import('./grants.ts'));
const tags = family(() => import('./tags.ts'));
const rotation = family(() => import('./rotation.ts'));
const rotations = family(() => import('./rotations.ts'));
const replicas = family(() => import('./replicas.ts'));
const keyStores = family(() => import('./custom-key-stores.ts'));
const imports = family(() => import('./imports.ts'));

/** The second part of `Kms`. A method reads its whole input before it returns its promise. */
export class ManagementOperations extends RootMethods {
  readonly #service: IdleService;

  /** @internal */
  constructor(service: IdleService) {
    super(service);
    this.#service = service;
  }

  // Keys

  createKey(input: api.CreateKeyInput = {}, options?: Options): Promise<api.CreateKeyOutput> {
    const made = answer(this.#service, 'CreateKey', keys('createKey'), input, options);
    made.then(this.#service.access.tellNewKey, () => {});
    return made;
  }
  describeKey(input: api.DescribeKeyInput, options?: Options): Promise<api.DescribeKeyOutput> {
    return answer(this.#service, 'DescribeKey', description('describeKey'), input, options);
  }
  listKeys(input: api.ListKeysInput = {}, options?: Options): Promise<api.ListKeysOutput> {
    return answer(this.#service, 'ListKeys', keys('listKeys'), input, options);
  }
  updateKeyDescription(input: api.UpdateKeyDescriptionInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'UpdateKeyDescription', keys('updateKeyDescription'), input, options);
  }
  enableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'EnableKey', keys('enableKey'), input, options);
  }
  disableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'DisableKey', keys('disableKey'), input, options);
  }
  getKeyLastUsage(input: api.KeyInput, options?: Options): Promise<api.GetKeyLastUsageOutput> {
    return answer(this.#service, 'GetKeyLastUsage', lastUsage('getKeyLastUsage'), input, options);
  }
  scheduleKeyDeletion(input: api.ScheduleKeyDeletionInput, options?: Options): Promise<api.ScheduleKeyDeletionOutput> {
    return answer(this.#service, 'ScheduleKeyDeletion', deletion('scheduleKeyDeletion'), input, options);
  }
  cancelKeyDeletion(input: api.KeyInput, options?: Options): Promise<api.CancelKeyDeletionOutput> {
    return answer(this.#service, 'CancelKeyDeletion', deletion('cancelKeyDeletion'), input, options);
  }

  // Aliases

  createAlias(input: api.CreateAliasInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'CreateAlias', aliases('createAlias'), input, options);
  }
  updateAlias(input: api.UpdateAliasInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'UpdateAlias', aliases('updateAlias'), input, options);
  }
  deleteAlias(input: api.DeleteAliasInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'DeleteAlias', aliases('deleteAlias'), input, options);
  }
  listAliases(input: api.ListAliasesInput = {}, options?: Options): Promise<api.ListAliasesOutput> {
    return answer(this.#service, 'ListAliases', aliases('listAliases'), input, options);
  }

  // Policies and grants

  getKeyPolicy(input: api.GetKeyPolicyInput, options?: Options): Promise<api.GetKeyPolicyOutput> {
    return answer(this.#service, 'GetKeyPolicy', policies('getKeyPolicy'), input, options);
  }
  putKeyPolicy(input: api.PutKeyPolicyInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'PutKeyPolicy', policies('putKeyPolicy'), input, options);
  }
  listKeyPolicies(input: api.ListKeyPoliciesInput, options?: Options): Promise<api.ListKeyPoliciesOutput> {
    return answer(this.#service, 'ListKeyPolicies', policies('listKeyPolicies'), input, options);
  }
  createGrant(input: api.CreateGrantInput, options?: Options): Promise<api.CreateGrantOutput> {
    return answer(this.#service, 'CreateGrant', grants('createGrant'), input, options);
  }
  listGrants(input: api.ListGrantsInput, options?: Options): Promise<api.ListGrantsOutput> {
    return answer(this.#service, 'ListGrants', grants('listGrants'), input, options);
  }
  listRetirableGrants(input: api.ListRetirableGrantsInput, options?: Options): Promise<api.ListGrantsOutput> {
    return answer(this.#service, 'ListRetirableGrants', grants('listRetirableGrants'), input, options);
  }
  retireGrant(input: api.RetireGrantInput = {}, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'RetireGrant', grants('retireGrant'), input, options);
  }
  revokeGrant(input: api.RevokeGrantInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'RevokeGrant', grants('revokeGrant'), input, options);
  }

  // Tags

  tagResource(input: api.TagResourceInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'TagResource', tags('tagResource'), input, options);
  }
  untagResource(input: api.UntagResourceInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'UntagResource', tags('untagResource'), input, options);
  }
  listResourceTags(input: api.ListResourceTagsInput, options?: Options): Promise<api.ListResourceTagsOutput> {
    return answer(this.#service, 'ListResourceTags', tags('listResourceTags'), input, options);
  }

  // Rotation

  enableKeyRotation(input: api.EnableKeyRotationInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'EnableKeyRotation', rotation('enableKeyRotation'), input, options);
  }
  disableKeyRotation(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'DisableKeyRotation', rotation('disableKeyRotation'), input, options);
  }
  getKeyRotationStatus(input: api.KeyInput, options?: Options): Promise<api.GetKeyRotationStatusOutput> {
    return answer(this.#service, 'GetKeyRotationStatus', rotation('getKeyRotationStatus'), input, options);
  }
  rotateKeyOnDemand(input: api.KeyInput, options?: Options): Promise<api.RotateKeyOnDemandOutput> {
    return answer(this.#service, 'RotateKeyOnDemand', rotation('rotateKeyOnDemand'), input, options);
  }
  listKeyRotations(input: api.ListKeyRotationsInput, options?: Options): Promise<api.ListKeyRotationsOutput> {
    return answer(this.#service, 'ListKeyRotations', rotations('listKeyRotations'), input, options);
  }

  // Multi-Region keys

  replicateKey(input: api.ReplicateKeyInput, options?: Options): Promise<api.ReplicateKeyOutput> {
    return answer(this.#service, 'ReplicateKey', replicas('replicateKey'), input, options);
  }
  updatePrimaryRegion(input: api.UpdatePrimaryRegionInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'UpdatePrimaryRegion', replicas('updatePrimaryRegion'), input, options);
  }

  // Custom key stores

  createCustomKeyStore(
    input: api.CreateCustomKeyStoreInput,
    options?: Options,
  ): Promise<api.CreateCustomKeyStoreOutput> {
    return answer(this.#service, 'CreateCustomKeyStore', keyStores('createCustomKeyStore'), input, options);
  }
  describeCustomKeyStores(
    input: api.DescribeCustomKeyStoresInput = {},
    options?: Options,
  ): Promise<api.DescribeCustomKeyStoresOutput> {
    return answer(this.#service, 'DescribeCustomKeyStores', keyStores('describeCustomKeyStores'), input, options);
  }
  connectCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'ConnectCustomKeyStore', keyStores('connectCustomKeyStore'), input, options);
  }
  disconnectCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'DisconnectCustomKeyStore', keyStores('disconnectCustomKeyStore'), input, options);
  }
  updateCustomKeyStore(input: api.UpdateCustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'UpdateCustomKeyStore', keyStores('updateCustomKeyStore'), input, options);
  }
  deleteCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return answer(this.#service, 'DeleteCustomKeyStore', keyStores('deleteCustomKeyStore'), input, options);
  }

  // Imported material

  getParametersForImport(
    input: api.GetParametersForImportInput,
    options?: Options,
  ): Promise<api.GetParametersForImportOutput> {
    return answer(this.#service, 'GetParametersForImport', imports('getParametersForImport'), input, options);
  }
  importKeyMaterial(input: api.ImportKeyMaterialInput, options?: Options): Promise<api.ImportKeyMaterialOutput> {
    return answer(this.#service, 'ImportKeyMaterial', imports('importKeyMaterial'), input, options);
  }
  deleteImportedKeyMaterial(
    input: api.DeleteImportedKeyMaterialInput,
    options?: Options,
  ): Promise<api.DeleteImportedKeyMaterialOutput> {
    return answer(this.#service, 'DeleteImportedKeyMaterial', imports('deleteImportedKeyMaterial'), input, options);
  }
}
