// Checked by the compiler alone: for each operation our method takes the input of the AWS SDK's command and gives what the
// SDK gives, so code that calls the one compiles against the other.
import type * as sdk from '@aws-sdk/client-kms';
import type { Kms } from '../../src/index.ts';
import type { RootMethod } from '../../src/kms/root-methods.ts';

type Method<I, O> = (input: I) => Promise<O>;

export const operations = (kms: Kms) => ({
  cancelKeyDeletion: kms.cancelKeyDeletion satisfies Method<
    sdk.CancelKeyDeletionCommandInput,
    sdk.CancelKeyDeletionCommandOutput
  >,
  createAlias: kms.createAlias satisfies Method<sdk.CreateAliasCommandInput, sdk.CreateAliasCommandOutput>,
  createKey: kms.createKey satisfies Method<sdk.CreateKeyCommandInput, sdk.CreateKeyCommandOutput>,
  decrypt: kms.decrypt satisfies Method<sdk.DecryptCommandInput, sdk.DecryptCommandOutput>,
  deleteAlias: kms.deleteAlias satisfies Method<sdk.DeleteAliasCommandInput, sdk.DeleteAliasCommandOutput>,
  describeKey: kms.describeKey satisfies Method<sdk.DescribeKeyCommandInput, sdk.DescribeKeyCommandOutput>,
  disableKey: kms.disableKey satisfies Method<sdk.DisableKeyCommandInput, sdk.DisableKeyCommandOutput>,
  disableKeyRotation: kms.disableKeyRotation satisfies Method<
    sdk.DisableKeyRotationCommandInput,
    sdk.DisableKeyRotationCommandOutput
  >,
  enableKeyRotation: kms.enableKeyRotation satisfies Method<
    sdk.EnableKeyRotationCommandInput,
    sdk.EnableKeyRotationCommandOutput
  >,
  getKeyRotationStatus: kms.getKeyRotationStatus satisfies Method<
    sdk.GetKeyRotationStatusCommandInput,
    sdk.GetKeyRotationStatusCommandOutput
  >,
  listKeyRotations: kms.listKeyRotations satisfies Method<
    sdk.ListKeyRotationsCommandInput,
    sdk.ListKeyRotationsCommandOutput
  >,
  rotateKeyOnDemand: kms.rotateKeyOnDemand satisfies Method<
    sdk.RotateKeyOnDemandCommandInput,
    sdk.RotateKeyOnDemandCommandOutput
  >,
  deleteImportedKeyMaterial: kms.deleteImportedKeyMaterial satisfies Method<
    sdk.DeleteImportedKeyMaterialCommandInput,
    sdk.DeleteImportedKeyMaterialCommandOutput
  >,
  getParametersForImport: kms.getParametersForImport satisfies Method<
    sdk.GetParametersForImportCommandInput,
    sdk.GetParametersForImportCommandOutput
  >,
  importKeyMaterial: kms.importKeyMaterial satisfies Method<
    sdk.ImportKeyMaterialCommandInput,
    sdk.ImportKeyMaterialCommandOutput
  >,
  replicateKey: kms.replicateKey satisfies Method<sdk.ReplicateKeyCommandInput, sdk.ReplicateKeyCommandOutput>,
  updatePrimaryRegion: kms.updatePrimaryRegion satisfies Method<
    sdk.UpdatePrimaryRegionCommandInput,
    sdk.UpdatePrimaryRegionCommandOutput
  >,
  createCustomKeyStore: kms.createCustomKeyStore satisfies Method<
    sdk.CreateCustomKeyStoreCommandInput,
    sdk.CreateCustomKeyStoreCommandOutput
  >,
  describeCustomKeyStores: kms.describeCustomKeyStores satisfies Method<
    sdk.DescribeCustomKeyStoresCommandInput,
    sdk.DescribeCustomKeyStoresCommandOutput
  >,
  connectCustomKeyStore: kms.connectCustomKeyStore satisfies Method<
    sdk.ConnectCustomKeyStoreCommandInput,
    sdk.ConnectCustomKeyStoreCommandOutput
  >,
  disconnectCustomKeyStore: kms.disconnectCustomKeyStore satisfies Method<
    sdk.DisconnectCustomKeyStoreCommandInput,
    sdk.DisconnectCustomKeyStoreCommandOutput
  >,
  updateCustomKeyStore: kms.updateCustomKeyStore satisfies Method<
    sdk.UpdateCustomKeyStoreCommandInput,
    sdk.UpdateCustomKeyStoreCommandOutput
  >,
  deleteCustomKeyStore: kms.deleteCustomKeyStore satisfies Method<
    sdk.DeleteCustomKeyStoreCommandInput,
    sdk.DeleteCustomKeyStoreCommandOutput
  >,
  enableKey: kms.enableKey satisfies Method<sdk.EnableKeyCommandInput, sdk.EnableKeyCommandOutput>,
  encrypt: kms.encrypt satisfies Method<sdk.EncryptCommandInput, sdk.EncryptCommandOutput>,
  generateDataKey: kms.generateDataKey satisfies Method<
    sdk.GenerateDataKeyCommandInput,
    sdk.GenerateDataKeyCommandOutput
  >,
  generateDataKeyWithoutPlaintext: kms.generateDataKeyWithoutPlaintext satisfies Method<
    sdk.GenerateDataKeyWithoutPlaintextCommandInput,
    sdk.GenerateDataKeyWithoutPlaintextCommandOutput
  >,
  generateRandom: kms.generateRandom satisfies Method<sdk.GenerateRandomCommandInput, sdk.GenerateRandomCommandOutput>,
  sign: kms.sign satisfies Method<sdk.SignCommandInput, sdk.SignCommandOutput>,
  verify: kms.verify satisfies Method<sdk.VerifyCommandInput, sdk.VerifyCommandOutput>,
  generateMac: kms.generateMac satisfies Method<sdk.GenerateMacCommandInput, sdk.GenerateMacCommandOutput>,
  verifyMac: kms.verifyMac satisfies Method<sdk.VerifyMacCommandInput, sdk.VerifyMacCommandOutput>,
  getPublicKey: kms.getPublicKey satisfies Method<sdk.GetPublicKeyCommandInput, sdk.GetPublicKeyCommandOutput>,
  generateDataKeyPair: kms.generateDataKeyPair satisfies Method<
    sdk.GenerateDataKeyPairCommandInput,
    sdk.GenerateDataKeyPairCommandOutput
  >,
  generateDataKeyPairWithoutPlaintext: kms.generateDataKeyPairWithoutPlaintext satisfies Method<
    sdk.GenerateDataKeyPairWithoutPlaintextCommandInput,
    sdk.GenerateDataKeyPairWithoutPlaintextCommandOutput
  >,
  deriveSharedSecret: kms.deriveSharedSecret satisfies Method<
    sdk.DeriveSharedSecretCommandInput,
    sdk.DeriveSharedSecretCommandOutput
  >,
  encapsulate: kms.encapsulate satisfies Method<sdk.EncapsulateCommandInput, sdk.EncapsulateCommandOutput>,
  decapsulate: kms.decapsulate satisfies Method<sdk.DecapsulateCommandInput, sdk.DecapsulateCommandOutput>,
  listAliases: kms.listAliases satisfies Method<sdk.ListAliasesCommandInput, sdk.ListAliasesCommandOutput>,
  listKeys: kms.listKeys satisfies Method<sdk.ListKeysCommandInput, sdk.ListKeysCommandOutput>,
  listResourceTags: kms.listResourceTags satisfies Method<
    sdk.ListResourceTagsCommandInput,
    sdk.ListResourceTagsCommandOutput
  >,
  createGrant: kms.createGrant satisfies Method<sdk.CreateGrantCommandInput, sdk.CreateGrantCommandOutput>,
  getKeyLastUsage: kms.getKeyLastUsage satisfies Method<
    sdk.GetKeyLastUsageCommandInput,
    sdk.GetKeyLastUsageCommandOutput
  >,
  getKeyPolicy: kms.getKeyPolicy satisfies Method<sdk.GetKeyPolicyCommandInput, sdk.GetKeyPolicyCommandOutput>,
  listGrants: kms.listGrants satisfies Method<sdk.ListGrantsCommandInput, sdk.ListGrantsCommandOutput>,
  listKeyPolicies: kms.listKeyPolicies satisfies Method<
    sdk.ListKeyPoliciesCommandInput,
    sdk.ListKeyPoliciesCommandOutput
  >,
  listRetirableGrants: kms.listRetirableGrants satisfies Method<
    sdk.ListRetirableGrantsCommandInput,
    sdk.ListRetirableGrantsCommandOutput
  >,
  putKeyPolicy: kms.putKeyPolicy satisfies Method<sdk.PutKeyPolicyCommandInput, sdk.PutKeyPolicyCommandOutput>,
  retireGrant: kms.retireGrant satisfies Method<sdk.RetireGrantCommandInput, sdk.RetireGrantCommandOutput>,
  revokeGrant: kms.revokeGrant satisfies Method<sdk.RevokeGrantCommandInput, sdk.RevokeGrantCommandOutput>,
  reEncrypt: kms.reEncrypt satisfies Method<sdk.ReEncryptCommandInput, sdk.ReEncryptCommandOutput>,
  scheduleKeyDeletion: kms.scheduleKeyDeletion satisfies Method<
    sdk.ScheduleKeyDeletionCommandInput,
    sdk.ScheduleKeyDeletionCommandOutput
  >,
  tagResource: kms.tagResource satisfies Method<sdk.TagResourceCommandInput, sdk.TagResourceCommandOutput>,
  untagResource: kms.untagResource satisfies Method<sdk.UntagResourceCommandInput, sdk.UntagResourceCommandOutput>,
  updateAlias: kms.updateAlias satisfies Method<sdk.UpdateAliasCommandInput, sdk.UpdateAliasCommandOutput>,
  updateKeyDescription: kms.updateKeyDescription satisfies Method<
    sdk.UpdateKeyDescriptionCommandInput,
    sdk.UpdateKeyDescriptionCommandOutput
  >,
});

/** What is written against the SDK's client runs with either. */
type Portable = { [K in keyof ReturnType<typeof operations>]: ReturnType<typeof operations>[K] };
export const isComplete: Record<
  Exclude<keyof Kms, keyof Portable | 'as' | 'at' | 'scope' | 'trail' | 'destroy' | RootMethod>,
  never
> = {};

/** A program in terms of the SDK's own types compiles with our service in the client's place. */
export async function program(
  kms: Pick<Kms, 'generateDataKey' | 'decrypt'>,
  input: sdk.GenerateDataKeyCommandInput,
): Promise<Uint8Array | undefined> {
  const reply: sdk.GenerateDataKeyCommandOutput = await kms.generateDataKey(input, {
    abortSignal: new AbortController().signal,
  });
  const opened: sdk.DecryptCommandOutput = await kms.decrypt({ CiphertextBlob: reply.CiphertextBlob });
  const id: string | undefined = opened.$metadata.requestId;
  return id === undefined ? undefined : opened.Plaintext;
}

export const optionsOfTheSdk = (
  kms: Kms,
  options: NonNullable<Parameters<sdk.KMS['encrypt']>[1]>,
  input: sdk.EncryptCommandInput,
) => (typeof options === 'function' ? undefined : kms.encrypt(input, options));
