// The service: one method per operation, in the shapes of the AWS SDK's aggregated client `KMS`. A method reads its whole
// input before it returns its promise.
import type { Access } from '../keyring/access.ts';
import type { IntegrityReport } from '../keyring/check.ts';
import type { RewrapProgress } from '../keyring/rewrap.ts';
import { newRequestId } from '../keys/request-id.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import type * as api from '../model/api/index.ts';
import { checkScope, type Scope } from '../model/arn.ts';
import { checkCaller, rootArn } from '../model/caller.ts';
import { AccessDeniedException, KmsError } from '../model/errors/index.ts';
import { lazily } from '../model/lazily.ts';
import type { Backup, ExportOptions, ImportOptions, ImportReport } from './backup.ts';
import { awaitWith } from './call-options.ts';
import type { Durability } from './durability.ts';
import { family, type Operation } from './family.ts';
import type { Protection } from './protection.ts';
import type { Service } from './service.ts';
import type { Slots } from './slots.ts';
import type { UpgradeOptions } from './upgrade.ts';

type Options = api.CallOptions | undefined;

const root = lazily(() => import('./root.ts'));
const ciphers = family(() => import('./ciphers.ts'));
const dataKeys = family(() => import('./data-keys.ts'));

/** Begins to load what nearly every page uses. Where that fails, the first call that needs it tries again, and tells. */
export function loadAhead(): void {
  for (const each of [ciphers, dataKeys]) each.load().catch(() => {});
}

// Few pages need these, and not at once.
const description = family(() => import('./description.ts'));
const keys = family(() => import('./keys.ts'));
const agreement = family(() => import('./agreement.ts'));
const aliases = family(() => import('./aliases.ts'));
const keyStores = family(() => import('./custom-key-stores.ts'));
const dataKeyPairs = family(() => import('./data-key-pairs.ts'));
const deletion = family(() => import('./deletion.ts'));
const encapsulation = family(() => import('./encapsulation.ts'));
const reEncryption = family(() => import('./re-encryption.ts'));
const grants = family(() => import('./grants.ts'));
const imports = family(() => import('./imports.ts'));
const lastUsage = family(() => import('./last-usage.ts'));
const macs = family(() => import('./macs.ts'));
const policies = family(() => import('./policies.ts'));
const publicKeys = family(() => import('./public-keys.ts'));
const replicas = family(() => import('./replicas.ts'));
const rotation = family(() => import('./rotation.ts'));
const rotations = family(() => import('./rotations.ts'));
const signing = family(() => import('./signing.ts'));
const tags = family(() => import('./tags.ts'));

/** What a service is before a call: the keyring may be locked when the call comes. */
type Idle = Omit<Service, 'requestId' | 'keyring'> & { readonly access: Access };

/** Methods that concern the root of the keyring, and not its keys: for administrators, and never over a wire. */
export type RootMethod =
  | 'settle'
  | 'rewrap'
  | 'protection'
  | 'unlock'
  | 'lock'
  | 'onLock'
  | 'limitIdle'
  | 'usedAt'
  | 'slots'
  | 'upgrade'
  | 'export'
  | 'import'
  | 'check'
  | 'durability'
  | 'persist'
  | 'onOnlyCopy';

/** A key management service: the keys of one account and Region of a store. Made by `openKms`. */
export class Kms {
  readonly #service: Idle;

  /** @internal */
  constructor(service: Idle) {
    this.#service = service;
  }

  // Keys

  createKey(input: api.CreateKeyInput = {}, options?: Options): Promise<api.CreateKeyOutput> {
    const made = this.#run(keys('createKey'), input, options);
    made.then(this.#service.access.tellNewKey, () => {});
    return made;
  }
  describeKey(input: api.DescribeKeyInput, options?: Options): Promise<api.DescribeKeyOutput> {
    return this.#run(description('describeKey'), input, options);
  }
  listKeys(input: api.ListKeysInput = {}, options?: Options): Promise<api.ListKeysOutput> {
    return this.#run(keys('listKeys'), input, options);
  }
  updateKeyDescription(input: api.UpdateKeyDescriptionInput, options?: Options): Promise<api.Reply> {
    return this.#run(keys('updateKeyDescription'), input, options);
  }
  enableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run(keys('enableKey'), input, options);
  }
  disableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run(keys('disableKey'), input, options);
  }
  getKeyLastUsage(input: api.KeyInput, options?: Options): Promise<api.GetKeyLastUsageOutput> {
    return this.#run(lastUsage('getKeyLastUsage'), input, options);
  }
  scheduleKeyDeletion(input: api.ScheduleKeyDeletionInput, options?: Options): Promise<api.ScheduleKeyDeletionOutput> {
    return this.#run(deletion('scheduleKeyDeletion'), input, options);
  }
  cancelKeyDeletion(input: api.KeyInput, options?: Options): Promise<api.CancelKeyDeletionOutput> {
    return this.#run(deletion('cancelKeyDeletion'), input, options);
  }

  // Aliases

  createAlias(input: api.CreateAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run(aliases('createAlias'), input, options);
  }
  updateAlias(input: api.UpdateAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run(aliases('updateAlias'), input, options);
  }
  deleteAlias(input: api.DeleteAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run(aliases('deleteAlias'), input, options);
  }
  listAliases(input: api.ListAliasesInput = {}, options?: Options): Promise<api.ListAliasesOutput> {
    return this.#run(aliases('listAliases'), input, options);
  }

  // Policies and grants

  getKeyPolicy(input: api.GetKeyPolicyInput, options?: Options): Promise<api.GetKeyPolicyOutput> {
    return this.#run(policies('getKeyPolicy'), input, options);
  }
  putKeyPolicy(input: api.PutKeyPolicyInput, options?: Options): Promise<api.Reply> {
    return this.#run(policies('putKeyPolicy'), input, options);
  }
  listKeyPolicies(input: api.ListKeyPoliciesInput, options?: Options): Promise<api.ListKeyPoliciesOutput> {
    return this.#run(policies('listKeyPolicies'), input, options);
  }
  createGrant(input: api.CreateGrantInput, options?: Options): Promise<api.CreateGrantOutput> {
    return this.#run(grants('createGrant'), input, options);
  }
  listGrants(input: api.ListGrantsInput, options?: Options): Promise<api.ListGrantsOutput> {
    return this.#run(grants('listGrants'), input, options);
  }
  listRetirableGrants(input: api.ListRetirableGrantsInput, options?: Options): Promise<api.ListGrantsOutput> {
    return this.#run(grants('listRetirableGrants'), input, options);
  }
  retireGrant(input: api.RetireGrantInput = {}, options?: Options): Promise<api.Reply> {
    return this.#run(grants('retireGrant'), input, options);
  }
  revokeGrant(input: api.RevokeGrantInput, options?: Options): Promise<api.Reply> {
    return this.#run(grants('revokeGrant'), input, options);
  }

  // Tags

  tagResource(input: api.TagResourceInput, options?: Options): Promise<api.Reply> {
    return this.#run(tags('tagResource'), input, options);
  }
  untagResource(input: api.UntagResourceInput, options?: Options): Promise<api.Reply> {
    return this.#run(tags('untagResource'), input, options);
  }
  listResourceTags(input: api.ListResourceTagsInput, options?: Options): Promise<api.ListResourceTagsOutput> {
    return this.#run(tags('listResourceTags'), input, options);
  }

  // Rotation

  enableKeyRotation(input: api.EnableKeyRotationInput, options?: Options): Promise<api.Reply> {
    return this.#run(rotation('enableKeyRotation'), input, options);
  }
  disableKeyRotation(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run(rotation('disableKeyRotation'), input, options);
  }
  getKeyRotationStatus(input: api.KeyInput, options?: Options): Promise<api.GetKeyRotationStatusOutput> {
    return this.#run(rotation('getKeyRotationStatus'), input, options);
  }
  rotateKeyOnDemand(input: api.KeyInput, options?: Options): Promise<api.RotateKeyOnDemandOutput> {
    return this.#run(rotation('rotateKeyOnDemand'), input, options);
  }
  listKeyRotations(input: api.ListKeyRotationsInput, options?: Options): Promise<api.ListKeyRotationsOutput> {
    return this.#run(rotations('listKeyRotations'), input, options);
  }

  // Multi-Region keys

  replicateKey(input: api.ReplicateKeyInput, options?: Options): Promise<api.ReplicateKeyOutput> {
    return this.#run(replicas('replicateKey'), input, options);
  }
  updatePrimaryRegion(input: api.UpdatePrimaryRegionInput, options?: Options): Promise<api.Reply> {
    return this.#run(replicas('updatePrimaryRegion'), input, options);
  }

  // Custom key stores

  createCustomKeyStore(
    input: api.CreateCustomKeyStoreInput,
    options?: Options,
  ): Promise<api.CreateCustomKeyStoreOutput> {
    return this.#run(keyStores('createCustomKeyStore'), input, options);
  }
  describeCustomKeyStores(
    input: api.DescribeCustomKeyStoresInput = {},
    options?: Options,
  ): Promise<api.DescribeCustomKeyStoresOutput> {
    return this.#run(keyStores('describeCustomKeyStores'), input, options);
  }
  connectCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run(keyStores('connectCustomKeyStore'), input, options);
  }
  disconnectCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run(keyStores('disconnectCustomKeyStore'), input, options);
  }
  updateCustomKeyStore(input: api.UpdateCustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run(keyStores('updateCustomKeyStore'), input, options);
  }
  deleteCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run(keyStores('deleteCustomKeyStore'), input, options);
  }

  // Imported material

  getParametersForImport(
    input: api.GetParametersForImportInput,
    options?: Options,
  ): Promise<api.GetParametersForImportOutput> {
    return this.#run(imports('getParametersForImport'), input, options);
  }
  importKeyMaterial(input: api.ImportKeyMaterialInput, options?: Options): Promise<api.ImportKeyMaterialOutput> {
    return this.#run(imports('importKeyMaterial'), input, options);
  }
  deleteImportedKeyMaterial(
    input: api.DeleteImportedKeyMaterialInput,
    options?: Options,
  ): Promise<api.DeleteImportedKeyMaterialOutput> {
    return this.#run(imports('deleteImportedKeyMaterial'), input, options);
  }

  // Cryptographic operations

  encrypt(input: api.EncryptInput, options?: Options): Promise<api.EncryptOutput> {
    return this.#run(ciphers('encrypt'), input, options);
  }
  decrypt(input: api.DecryptInput, options?: Options): Promise<api.DecryptOutput> {
    return this.#run(ciphers('decrypt'), input, options);
  }
  reEncrypt(input: api.ReEncryptInput, options?: Options): Promise<api.ReEncryptOutput> {
    return this.#run(reEncryption('reEncrypt'), input, options);
  }
  generateDataKey(input: api.GenerateDataKeyInput, options?: Options): Promise<api.GenerateDataKeyOutput> {
    return this.#run(dataKeys('generateDataKey'), input, options);
  }
  generateDataKeyWithoutPlaintext(
    input: api.GenerateDataKeyWithoutPlaintextInput,
    options?: Options,
  ): Promise<api.GenerateDataKeyWithoutPlaintextOutput> {
    return this.#run(dataKeys('generateDataKeyWithoutPlaintext'), input, options);
  }
  generateRandom(input: api.GenerateRandomInput = {}, options?: Options): Promise<api.GenerateRandomOutput> {
    return this.#run(dataKeys('generateRandom'), input, options);
  }

  // Key pairs and MAC keys

  sign(input: api.SignInput, options?: Options): Promise<api.SignOutput> {
    return this.#run(signing('sign'), input, options);
  }
  verify(input: api.VerifyInput, options?: Options): Promise<api.VerifyOutput> {
    return this.#run(signing('verify'), input, options);
  }
  generateMac(input: api.GenerateMacInput, options?: Options): Promise<api.GenerateMacOutput> {
    return this.#run(macs('generateMac'), input, options);
  }
  verifyMac(input: api.VerifyMacInput, options?: Options): Promise<api.VerifyMacOutput> {
    return this.#run(macs('verifyMac'), input, options);
  }
  getPublicKey(input: api.GetPublicKeyInput, options?: Options): Promise<api.GetPublicKeyOutput> {
    return this.#run(publicKeys('getPublicKey'), input, options);
  }
  generateDataKeyPair(input: api.GenerateDataKeyPairInput, options?: Options): Promise<api.GenerateDataKeyPairOutput> {
    return this.#run(dataKeyPairs('generateDataKeyPair'), input, options);
  }
  generateDataKeyPairWithoutPlaintext(
    input: api.GenerateDataKeyPairWithoutPlaintextInput,
    options?: Options,
  ): Promise<api.GenerateDataKeyPairWithoutPlaintextOutput> {
    return this.#run(dataKeyPairs('generateDataKeyPairWithoutPlaintext'), input, options);
  }
  deriveSharedSecret(input: api.DeriveSharedSecretInput, options?: Options): Promise<api.DeriveSharedSecretOutput> {
    return this.#run(agreement('deriveSharedSecret'), input, options);
  }
  encapsulate(input: api.EncapsulateInput, options?: Options): Promise<api.EncapsulateOutput> {
    return this.#run(encapsulation('encapsulate'), input, options);
  }
  decapsulate(input: api.DecapsulateInput, options?: Options): Promise<api.DecapsulateOutput> {
    return this.#run(encapsulation('decapsulate'), input, options);
  }

  /**
   * The same service for another caller: key policies see the caller's ARN.
   * @param caller `isAdministrator` (default false): may do all that a key policy leaves to the caller's account
   *   (the account's root user always may); `viaService` is the service that calls for it, `kms:ViaService` in policies
   * @throws ValidationException where the ARN is not one of a principal
   */
  as(caller: { arn: string; isAdministrator?: boolean; viaService?: string }): Kms {
    const own = <K extends keyof typeof caller>(name: K) => (Object.hasOwn(caller, name) ? caller[name] : undefined);
    const checked = checkCaller(own('arn') ?? '', own('isAdministrator') === true, own('viaService'));
    return new Kms({ ...this.#service, caller: checked });
  }

  /** The account and the Region that the ARNs of the keys name. */
  get scope(): Scope {
    return this.#service.scope;
  }

  /**
   * The same service in another Region, or for another account, of the same store. The caller stays who it is;
   * only an account's root user becomes the root user of the other account.
   * @throws ValidationException where there can be no such account or Region
   */
  at(place: { accountId?: string; region?: string }): Kms {
    const own = (name: 'accountId' | 'region') => (Object.hasOwn(place, name) ? place[name] : undefined);
    const { scope: here, caller } = this.#service;
    const scope = checkScope(own('accountId') ?? here.accountId, own('region') ?? here.region);
    const isRoot = caller.arn === rootArn(here.accountId);
    const next = isRoot ? checkCaller(rootArn(scope.accountId), true) : caller;
    return new Kms({ ...this.#service, scope, caller: next });
  }

  /**
   * Does now what is due for any key in the store: deletions, rotations, expiry of imported material. Whoever uses a key settles
   * it before, so nothing depends on this; a server calls it from an alarm, so that dates do not pass unnoticed.
   * @returns when something is due next, or undefined
   */
  async settle(): Promise<Date | undefined> {
    const next = await (await root()).settleAll(this.#service.access.root());
    return next === undefined ? undefined : new Date(next);
  }

  /**
   * Wraps all key material anew under the `root` that the keyring was opened with, while it is in use. A walk that was cut off is
   * taken up by calling again; when it is through, no `otherRoots` are needed any more.
   * @param options `onProgress` is called now and then; `signal` ends the walk between two rows
   * @returns how many rows of material there were, and how many were wrapped anew
   * @throws ValidationException where the keyring was opened without `otherRoots`
   */
  async rewrap(
    options: { onProgress?: (progress: RewrapProgress) => void; signal?: AbortSignal } = {},
  ): Promise<RewrapProgress> {
    const own = <K extends keyof typeof options>(name: K) => (Object.hasOwn(options, name) ? options[name] : undefined);
    const [onProgress, signal] = [own('onProgress') ?? (() => {}), own('signal')];
    return (await root()).rewrapAll(this.#service.access.root(), onProgress, signal);
  }

  /** Lets go of key handles and of the database. A later call connects again. */
  destroy(): void {
    // Nothing waits for it, and a connection that cannot be closed is closed by the browser.
    this.#service.access.disconnect().catch(() => {});
  }

  // The root of the keyring (docs/unlock.md)

  /** What protects the keys: the mode, whether they are locked, and the keys that only this device has. */
  async protection(): Promise<Protection> {
    return (await root()).protectionOf(this.#administered());
  }

  /**
   * Unlocks the keyring, for all services that were made from the same `openKms`.
   * @param method of `keyhaven/unlock`
   * @throws UnlockFailed where it opens no slot; UnlockUnavailable where it cannot be used here and now
   */
  async unlock(method: UnlockMethod): Promise<void> {
    const { checkMethod } = await root();
    await this.#administered().unlock(checkMethod(method, 'method'));
  }

  /**
   * Locks the keyring here and in all other tabs: the root, the handles of all keys and what sealers hold are let go. Does nothing
   * where it is locked.
   * @throws ValidationException where there is nothing to unlock it with: the mode `device`, or a `root` that was given
   */
  lock(): void {
    this.#administered().lock();
  }

  /** Calls `listener` each time the keyring was locked. @returns ends it */
  onLock(listener: () => void): () => void {
    return this.#service.access.onLock(listener);
  }

  /** Refuses calls that come later than this after the last one, and locks: see `autoLock`. @param milliseconds undefined: no limit */
  limitIdle(milliseconds: number | undefined): void {
    this.#administered().limitIdle(milliseconds);
  }

  /** When the last call came, in milliseconds since 1970. */
  get usedAt(): number {
    return this.#service.access.usedAt;
  }

  /** The slots that the root lies in. */
  get slots(): Slots {
    const access = this.#administered();
    return {
      list: async () => (await root()).listSlots(access),
      add: async (method, options) => (await root()).addSlot(access, method, options),
      rotate: async (id, method, options) => (await root()).rotateSlot(access, id, method, options),
      remove: async (id) => (await root()).removeSlot(access, id),
    };
  }

  /**
   * Moves the keyring to another mode, in one commit, without losing a ciphertext. Keys that the platform made, and gives to nobody,
   * are named in the answer: rotation gives them new material that a root can wrap.
   * @throws ValidationException, KeysNotKept, UnlockFailed, UnlockUnavailable; nothing was changed then
   */
  async upgrade(options: UpgradeOptions): Promise<Protection> {
    return (await root()).upgrade(this.#administered(), options);
  }

  /**
   * Writes a backup: all wrapped keys, policies, aliases and grants in one file, which the given slots open. Docs/formats.md has the
   * format. @throws ValidationException where the keyring has no root; KeyLocked
   */
  async export(options: ExportOptions = {}): Promise<Backup> {
    return (await root()).exportBackup(this.#administered(), options);
  }

  /**
   * Takes a backup. With `replace` the keyring here need not be unlocked: it becomes the one of the backup, with its slots.
   * @throws UnlockFailed where `by` opens none of its slots; BackupCorrupt; BackupOutdated; nothing was changed then
   */
  async import(options: ImportOptions): Promise<ImportReport> {
    return (await root()).importBackup(this.#administered(), options);
  }

  /**
   * Checks every row of the keyring, and all of them together. Rows that were changed, swapped, removed, or exchanged for an older
   * copy are named. Only a whole older copy of the store is not found here: compare `generation` with one that you keep elsewhere.
   */
  async check(): Promise<IntegrityReport> {
    return (await root()).checkKeyring(this.#administered().root());
  }

  /** How likely these keys are here tomorrow: storage, slots, last backup. */
  async durability(): Promise<Durability> {
    return (await root()).durabilityOf(this.#administered());
  }

  /** Asks the browser not to clear the storage of this origin by itself. @returns whether it will not */
  async persist(): Promise<boolean> {
    return (await root()).persist();
  }

  /**
   * Calls `listener` when keys are on this device and nowhere else: at once where it is so, and with each key that is made while it
   * is. @returns ends it
   */
  onOnlyCopy(listener: (durability: Durability) => void): () => void {
    const access = this.#administered();
    // What cannot be told now is told with the next key.
    const attempt = () =>
      void this.durability().then(
        (durability) => durability.isOnlyCopy && listener(durability),
        () => {},
      );
    attempt();
    return access.onNewKey(attempt);
  }

  /** @throws AccessDeniedException where the caller is no administrator: the root opens all keys, whatever their policies say */
  #administered(): Access {
    const { access, caller } = this.#service;
    if (caller.isAdministrator) return access;
    throw new AccessDeniedException(
      `User: ${caller.arn} is not an administrator, and the root of the keyring is for administrators only.`,
    );
  }

  async #run<T>(operation: Operation<T>, input: unknown, options: Options): Promise<T & api.Reply> {
    const requestId = newRequestId();
    const { access, ...service } = this.#service;
    try {
      // No await before this call: the operation copies its input first of all.
      const body = await awaitWith(options, () =>
        operation({ ...service, keyring: access.keyring(service.scope), requestId }, input),
      );
      return { ...body, $metadata: { httpStatusCode: 200, requestId, attempts: 1, totalRetryDelay: 0 } };
    } catch (error) {
      const explained = await access.explain(error);
      if (explained instanceof KmsError) explained.$metadata.requestId = requestId;
      throw explained;
    }
  }
}
