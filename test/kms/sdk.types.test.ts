// Checked by the compiler alone: for each operation our method takes the input of the AWS SDK's command and gives what the
// SDK gives, so code that calls the one compiles against the other.
import type * as sdk from '@aws-sdk/client-kms';
import type { Kms } from '../../src/index.ts';

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
  listAliases: kms.listAliases satisfies Method<sdk.ListAliasesCommandInput, sdk.ListAliasesCommandOutput>,
  listKeys: kms.listKeys satisfies Method<sdk.ListKeysCommandInput, sdk.ListKeysCommandOutput>,
  listResourceTags: kms.listResourceTags satisfies Method<
    sdk.ListResourceTagsCommandInput,
    sdk.ListResourceTagsCommandOutput
  >,
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
export const isComplete: Record<Exclude<keyof Kms, keyof Portable | 'as' | 'scope' | 'destroy'>, never> = {};

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
