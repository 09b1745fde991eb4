// The service: one method per operation, in the shapes of the AWS SDK's aggregated client `KMS`. A method reads its whole
// input before it returns its promise.
import { newRequestId } from '../keys/request-id.ts';
import type * as api from '../model/api/index.ts';
import type { Scope } from '../model/arn.ts';
import { checkCaller } from '../model/caller.ts';
import { KmsError } from '../model/errors/index.ts';
import * as aliases from './aliases.ts';
import { awaitWith } from './call-options.ts';
import * as ciphers from './ciphers.ts';
import * as dataKeys from './data-keys.ts';
import * as deletion from './deletion.ts';
import * as keys from './keys.ts';
import type { Service } from './service.ts';
import * as tags from './tags.ts';

type Options = api.CallOptions | undefined;
type Operation<T> = (service: Service, input: unknown) => Promise<T>;

/** A key management service over one store. Made by `openKms`. */
export class Kms {
  readonly #service: Service;

  /** @internal */
  constructor(service: Service) {
    this.#service = service;
  }

  // Keys

  createKey(input: api.CreateKeyInput = {}, options?: Options): Promise<api.CreateKeyOutput> {
    return this.#run(keys.createKey, input, options);
  }
  describeKey(input: api.DescribeKeyInput, options?: Options): Promise<api.DescribeKeyOutput> {
    return this.#run(keys.describeKey, input, options);
  }
  listKeys(input: api.ListKeysInput = {}, options?: Options): Promise<api.ListKeysOutput> {
    return this.#run(keys.listKeys, input, options);
  }
  updateKeyDescription(input: api.UpdateKeyDescriptionInput, options?: Options): Promise<api.Reply> {
    return this.#run(keys.updateKeyDescription, input, options);
  }
  enableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run(keys.enableKey, input, options);
  }
  disableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run(keys.disableKey, input, options);
  }
  scheduleKeyDeletion(input: api.ScheduleKeyDeletionInput, options?: Options): Promise<api.ScheduleKeyDeletionOutput> {
    return this.#run(deletion.scheduleKeyDeletion, input, options);
  }
  cancelKeyDeletion(input: api.KeyInput, options?: Options): Promise<api.CancelKeyDeletionOutput> {
    return this.#run(deletion.cancelKeyDeletion, input, options);
  }

  // Aliases

  createAlias(input: api.CreateAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run(aliases.createAlias, input, options);
  }
  updateAlias(input: api.UpdateAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run(aliases.updateAlias, input, options);
  }
  deleteAlias(input: api.DeleteAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run(aliases.deleteAlias, input, options);
  }
  listAliases(input: api.ListAliasesInput = {}, options?: Options): Promise<api.ListAliasesOutput> {
    return this.#run(aliases.listAliases, input, options);
  }

  // Tags

  tagResource(input: api.TagResourceInput, options?: Options): Promise<api.Reply> {
    return this.#run(tags.tagResource, input, options);
  }
  untagResource(input: api.UntagResourceInput, options?: Options): Promise<api.Reply> {
    return this.#run(tags.untagResource, input, options);
  }
  listResourceTags(input: api.ListResourceTagsInput, options?: Options): Promise<api.ListResourceTagsOutput> {
    return this.#run(tags.listResourceTags, input, options);
  }

  // Cryptographic operations

  encrypt(input: api.EncryptInput, options?: Options): Promise<api.EncryptOutput> {
    return this.#run(ciphers.encrypt, input, options);
  }
  decrypt(input: api.DecryptInput, options?: Options): Promise<api.DecryptOutput> {
    return this.#run(ciphers.decrypt, input, options);
  }
  reEncrypt(input: api.ReEncryptInput, options?: Options): Promise<api.ReEncryptOutput> {
    return this.#run(ciphers.reEncrypt, input, options);
  }
  generateDataKey(input: api.GenerateDataKeyInput, options?: Options): Promise<api.GenerateDataKeyOutput> {
    return this.#run(dataKeys.generateDataKey, input, options);
  }
  generateDataKeyWithoutPlaintext(
    input: api.GenerateDataKeyWithoutPlaintextInput,
    options?: Options,
  ): Promise<api.GenerateDataKeyWithoutPlaintextOutput> {
    return this.#run(dataKeys.generateDataKeyWithoutPlaintext, input, options);
  }
  generateRandom(input: api.GenerateRandomInput = {}, options?: Options): Promise<api.GenerateRandomOutput> {
    return this.#run((_, request) => dataKeys.generateRandom(request), input, options);
  }

  /**
   * The same service for another caller: key policies see the caller's ARN.
   * @param caller `isAdministrator` (default false): may do all that a key policy leaves to the caller's account
   */
  as(caller: { arn: string; isAdministrator?: boolean }): Kms {
    return new Kms({ ...this.#service, caller: checkCaller(caller.arn, caller.isAdministrator === true) });
  }

  /** The account and the Region that the ARNs of the keys name. */
  get scope(): Scope {
    return this.#service.scope;
  }

  /** Lets go of key handles and of the database. A later call connects again. */
  destroy(): void {
    // Nothing waits for it, and a connection that cannot be closed is closed by the browser.
    this.#service.keyring.disconnect().catch(() => {});
  }

  async #run<T>(operation: Operation<T>, input: unknown, options: Options): Promise<T & api.Reply> {
    const requestId = newRequestId();
    try {
      // No await before this call: the operation copies its input first of all.
      const body = await awaitWith(options, () => operation(this.#service, input));
      return { ...body, $metadata: { httpStatusCode: 200, requestId, attempts: 1, totalRetryDelay: 0 } };
    } catch (error) {
      if (error instanceof KmsError) error.$metadata.requestId = requestId;
      throw error;
    }
  }
}
