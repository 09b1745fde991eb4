// The service: one method per operation, in the shapes of the AWS SDK's aggregated client `KMS`. A method reads its whole
// input before it returns its promise.
import { accessDenied } from '../authz/denied.ts';
import type { Access } from '../keyring/access.ts';
import type { IntegrityReport } from '../keyring/check.ts';
import type { RewrapProgress } from '../keyring/root/rewrap.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import type * as api from '../model/api/index.ts';
import { checkScope, type Scope } from '../model/arn.ts';
import { checkCaller, rootArn } from '../model/caller.ts';
import { KeyUndecryptable, KmsError, StoreCorrupt } from '../model/errors/index.ts';
import { lazily } from '../model/lazily.ts';
import { contextOf, localOrigin, type TlsDetails } from '../trail/event.ts';
import type { Backup, ExportOptions, ImportOptions, ImportReport } from './backup.ts';
import { Call } from './call.ts';
import { awaitWith } from './call-options.ts';
import { carryOut } from './carry-out.ts';
import type { Pairing } from './device-parcels.ts';
import type { Devices } from './devices.ts';
import type { Durability } from './durability.ts';
import { family, type Operation } from './family.ts';
import type { Protection } from './protection.ts';
import type { RewrapOptions } from './rewrap.ts';
import type { IdleService } from './service.ts';
import type { Slots } from './slots.ts';
import { Trail } from './trail.ts';
import type { UpgradeOptions } from './upgrade.ts';

type Options = api.CallOptions | undefined;

const root = lazily(() => import('./root.ts'));
const devices = lazily(() => import('./devices.ts'));
const deviceParcels = lazily(() => import('./device-parcels.ts'));
type RootModule = typeof import('./root.ts');

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
  | 'onOnlyCopy'
  | 'devices'
  | 'pairing';

/** Who calls, and from where. */
export interface CallerOptions {
  arn: string;
  isAdministrator?: boolean | undefined;
  viaService?: string | undefined;
  accessKeyId?: string | undefined;
  sourceIPAddress?: string | undefined;
  userAgent?: string | undefined;
  tlsDetails?: TlsDetails | undefined;
}

/** A key management service: the keys of one account and Region of a store. Made by `openKms`. */
export class Kms {
  readonly #service: IdleService;
  #trail: Trail | undefined;

  /** @internal */
  constructor(service: IdleService) {
    this.#service = service;
  }

  // Keys

  createKey(input: api.CreateKeyInput = {}, options?: Options): Promise<api.CreateKeyOutput> {
    const made = this.#run('CreateKey', keys('createKey'), input, options);
    made.then(this.#service.access.tellNewKey, () => {});
    return made;
  }
  describeKey(input: api.DescribeKeyInput, options?: Options): Promise<api.DescribeKeyOutput> {
    return this.#run('DescribeKey', description('describeKey'), input, options);
  }
  listKeys(input: api.ListKeysInput = {}, options?: Options): Promise<api.ListKeysOutput> {
    return this.#run('ListKeys', keys('listKeys'), input, options);
  }
  updateKeyDescription(input: api.UpdateKeyDescriptionInput, options?: Options): Promise<api.Reply> {
    return this.#run('UpdateKeyDescription', keys('updateKeyDescription'), input, options);
  }
  enableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run('EnableKey', keys('enableKey'), input, options);
  }
  disableKey(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run('DisableKey', keys('disableKey'), input, options);
  }
  getKeyLastUsage(input: api.KeyInput, options?: Options): Promise<api.GetKeyLastUsageOutput> {
    return this.#run('GetKeyLastUsage', lastUsage('getKeyLastUsage'), input, options);
  }
  scheduleKeyDeletion(input: api.ScheduleKeyDeletionInput, options?: Options): Promise<api.ScheduleKeyDeletionOutput> {
    return this.#run('ScheduleKeyDeletion', deletion('scheduleKeyDeletion'), input, options);
  }
  cancelKeyDeletion(input: api.KeyInput, options?: Options): Promise<api.CancelKeyDeletionOutput> {
    return this.#run('CancelKeyDeletion', deletion('cancelKeyDeletion'), input, options);
  }

  // Aliases

  createAlias(input: api.CreateAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run('CreateAlias', aliases('createAlias'), input, options);
  }
  updateAlias(input: api.UpdateAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run('UpdateAlias', aliases('updateAlias'), input, options);
  }
  deleteAlias(input: api.DeleteAliasInput, options?: Options): Promise<api.Reply> {
    return this.#run('DeleteAlias', aliases('deleteAlias'), input, options);
  }
  listAliases(input: api.ListAliasesInput = {}, options?: Options): Promise<api.ListAliasesOutput> {
    return this.#run('ListAliases', aliases('listAliases'), input, options);
  }

  // Policies and grants

  getKeyPolicy(input: api.GetKeyPolicyInput, options?: Options): Promise<api.GetKeyPolicyOutput> {
    return this.#run('GetKeyPolicy', policies('getKeyPolicy'), input, options);
  }
  putKeyPolicy(input: api.PutKeyPolicyInput, options?: Options): Promise<api.Reply> {
    return this.#run('PutKeyPolicy', policies('putKeyPolicy'), input, options);
  }
  listKeyPolicies(input: api.ListKeyPoliciesInput, options?: Options): Promise<api.ListKeyPoliciesOutput> {
    return this.#run('ListKeyPolicies', policies('listKeyPolicies'), input, options);
  }
  createGrant(input: api.CreateGrantInput, options?: Options): Promise<api.CreateGrantOutput> {
    return this.#run('CreateGrant', grants('createGrant'), input, options);
  }
  listGrants(input: api.ListGrantsInput, options?: Options): Promise<api.ListGrantsOutput> {
    return this.#run('ListGrants', grants('listGrants'), input, options);
  }
  listRetirableGrants(input: api.ListRetirableGrantsInput, options?: Options): Promise<api.ListGrantsOutput> {
    return this.#run('ListRetirableGrants', grants('listRetirableGrants'), input, options);
  }
  retireGrant(input: api.RetireGrantInput = {}, options?: Options): Promise<api.Reply> {
    return this.#run('RetireGrant', grants('retireGrant'), input, options);
  }
  revokeGrant(input: api.RevokeGrantInput, options?: Options): Promise<api.Reply> {
    return this.#run('RevokeGrant', grants('revokeGrant'), input, options);
  }

  // Tags

  tagResource(input: api.TagResourceInput, options?: Options): Promise<api.Reply> {
    return this.#run('TagResource', tags('tagResource'), input, options);
  }
  untagResource(input: api.UntagResourceInput, options?: Options): Promise<api.Reply> {
    return this.#run('UntagResource', tags('untagResource'), input, options);
  }
  listResourceTags(input: api.ListResourceTagsInput, options?: Options): Promise<api.ListResourceTagsOutput> {
    return this.#run('ListResourceTags', tags('listResourceTags'), input, options);
  }

  // Rotation

  enableKeyRotation(input: api.EnableKeyRotationInput, options?: Options): Promise<api.Reply> {
    return this.#run('EnableKeyRotation', rotation('enableKeyRotation'), input, options);
  }
  disableKeyRotation(input: api.KeyInput, options?: Options): Promise<api.Reply> {
    return this.#run('DisableKeyRotation', rotation('disableKeyRotation'), input, options);
  }
  getKeyRotationStatus(input: api.KeyInput, options?: Options): Promise<api.GetKeyRotationStatusOutput> {
    return this.#run('GetKeyRotationStatus', rotation('getKeyRotationStatus'), input, options);
  }
  rotateKeyOnDemand(input: api.KeyInput, options?: Options): Promise<api.RotateKeyOnDemandOutput> {
    return this.#run('RotateKeyOnDemand', rotation('rotateKeyOnDemand'), input, options);
  }
  listKeyRotations(input: api.ListKeyRotationsInput, options?: Options): Promise<api.ListKeyRotationsOutput> {
    return this.#run('ListKeyRotations', rotations('listKeyRotations'), input, options);
  }

  // Multi-Region keys

  replicateKey(input: api.ReplicateKeyInput, options?: Options): Promise<api.ReplicateKeyOutput> {
    return this.#run('ReplicateKey', replicas('replicateKey'), input, options);
  }
  updatePrimaryRegion(input: api.UpdatePrimaryRegionInput, options?: Options): Promise<api.Reply> {
    return this.#run('UpdatePrimaryRegion', replicas('updatePrimaryRegion'), input, options);
  }

  // Custom key stores

  createCustomKeyStore(
    input: api.CreateCustomKeyStoreInput,
    options?: Options,
  ): Promise<api.CreateCustomKeyStoreOutput> {
    return this.#run('CreateCustomKeyStore', keyStores('createCustomKeyStore'), input, options);
  }
  describeCustomKeyStores(
    input: api.DescribeCustomKeyStoresInput = {},
    options?: Options,
  ): Promise<api.DescribeCustomKeyStoresOutput> {
    return this.#run('DescribeCustomKeyStores', keyStores('describeCustomKeyStores'), input, options);
  }
  connectCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run('ConnectCustomKeyStore', keyStores('connectCustomKeyStore'), input, options);
  }
  disconnectCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run('DisconnectCustomKeyStore', keyStores('disconnectCustomKeyStore'), input, options);
  }
  updateCustomKeyStore(input: api.UpdateCustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run('UpdateCustomKeyStore', keyStores('updateCustomKeyStore'), input, options);
  }
  deleteCustomKeyStore(input: api.CustomKeyStoreInput, options?: Options): Promise<api.Reply> {
    return this.#run('DeleteCustomKeyStore', keyStores('deleteCustomKeyStore'), input, options);
  }

  // Imported material

  getParametersForImport(
    input: api.GetParametersForImportInput,
    options?: Options,
  ): Promise<api.GetParametersForImportOutput> {
    return this.#run('GetParametersForImport', imports('getParametersForImport'), input, options);
  }
  importKeyMaterial(input: api.ImportKeyMaterialInput, options?: Options): Promise<api.ImportKeyMaterialOutput> {
    return this.#run('ImportKeyMaterial', imports('importKeyMaterial'), input, options);
  }
  deleteImportedKeyMaterial(
    input: api.DeleteImportedKeyMaterialInput,
    options?: Options,
  ): Promise<api.DeleteImportedKeyMaterialOutput> {
    return this.#run('DeleteImportedKeyMaterial', imports('deleteImportedKeyMaterial'), input, options);
  }

  // Cryptographic operations

  encrypt(input: api.EncryptInput, options?: Options): Promise<api.EncryptOutput> {
    return this.#run('Encrypt', ciphers('encrypt'), input, options);
  }
  decrypt(input: api.DecryptInput, options?: Options): Promise<api.DecryptOutput> {
    return this.#run('Decrypt', ciphers('decrypt'), input, options);
  }
  reEncrypt(input: api.ReEncryptInput, options?: Options): Promise<api.ReEncryptOutput> {
    return this.#run('ReEncrypt', reEncryption('reEncrypt'), input, options);
  }
  generateDataKey(input: api.GenerateDataKeyInput, options?: Options): Promise<api.GenerateDataKeyOutput> {
    return this.#run('GenerateDataKey', dataKeys('generateDataKey'), input, options);
  }
  generateDataKeyWithoutPlaintext(
    input: api.GenerateDataKeyWithoutPlaintextInput,
    options?: Options,
  ): Promise<api.GenerateDataKeyWithoutPlaintextOutput> {
    return this.#run('GenerateDataKeyWithoutPlaintext', dataKeys('generateDataKeyWithoutPlaintext'), input, options);
  }
  generateRandom(input: api.GenerateRandomInput = {}, options?: Options): Promise<api.GenerateRandomOutput> {
    return this.#run('GenerateRandom', dataKeys('generateRandom'), input, options);
  }

  // Key pairs and MAC keys

  sign(input: api.SignInput, options?: Options): Promise<api.SignOutput> {
    return this.#run('Sign', signing('sign'), input, options);
  }
  verify(input: api.VerifyInput, options?: Options): Promise<api.VerifyOutput> {
    return this.#run('Verify', signing('verify'), input, options);
  }
  generateMac(input: api.GenerateMacInput, options?: Options): Promise<api.GenerateMacOutput> {
    return this.#run('GenerateMac', macs('generateMac'), input, options);
  }
  verifyMac(input: api.VerifyMacInput, options?: Options): Promise<api.VerifyMacOutput> {
    return this.#run('VerifyMac', macs('verifyMac'), input, options);
  }
  getPublicKey(input: api.GetPublicKeyInput, options?: Options): Promise<api.GetPublicKeyOutput> {
    return this.#run('GetPublicKey', publicKeys('getPublicKey'), input, options);
  }
  generateDataKeyPair(input: api.GenerateDataKeyPairInput, options?: Options): Promise<api.GenerateDataKeyPairOutput> {
    return this.#run('GenerateDataKeyPair', dataKeyPairs('generateDataKeyPair'), input, options);
  }
  generateDataKeyPairWithoutPlaintext(
    input: api.GenerateDataKeyPairWithoutPlaintextInput,
    options?: Options,
  ): Promise<api.GenerateDataKeyPairWithoutPlaintextOutput> {
    return this.#run(
      'GenerateDataKeyPairWithoutPlaintext',
      dataKeyPairs('generateDataKeyPairWithoutPlaintext'),
      input,
      options,
    );
  }
  deriveSharedSecret(input: api.DeriveSharedSecretInput, options?: Options): Promise<api.DeriveSharedSecretOutput> {
    return this.#run('DeriveSharedSecret', agreement('deriveSharedSecret'), input, options);
  }
  encapsulate(input: api.EncapsulateInput, options?: Options): Promise<api.EncapsulateOutput> {
    return this.#run('Encapsulate', encapsulation('encapsulate'), input, options);
  }
  decapsulate(input: api.DecapsulateInput, options?: Options): Promise<api.DecapsulateOutput> {
    return this.#run('Decapsulate', encapsulation('decapsulate'), input, options);
  }

  /**
   * The same service for another caller: key policies see the caller's ARN.
   * @param caller `isAdministrator` (default false): may do all that a key policy leaves to the caller's account
   *   (the account's root user always may); `viaService` is the service that calls for it, `kms:ViaService` in policies;
   *   `accessKeyId`, `sourceIPAddress`, `userAgent` and `tlsDetails` are what the trail shows of where it calls from
   * @throws ValidationException where the ARN is not one of a principal
   */
  as(caller: CallerOptions): Kms {
    const own = <K extends keyof typeof caller>(name: K) => (Object.hasOwn(caller, name) ? caller[name] : undefined);
    const checked = checkCaller(own('arn') ?? '', own('isAdministrator') === true, own('viaService'));
    const by = contextOf(this.#service.scope, checked, {
      accessKeyId: own('accessKeyId') ?? localOrigin.accessKeyId,
      sourceIPAddress: own('sourceIPAddress') ?? localOrigin.sourceIPAddress,
      userAgent: own('userAgent') ?? localOrigin.userAgent,
      tlsDetails: own('tlsDetails'),
    });
    return new Kms({ ...this.#service, caller: checked, by });
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
    const { scope: here, caller, by } = this.#service;
    const scope = checkScope(own('accountId') ?? here.accountId, own('region') ?? here.region);
    const isRoot = caller.arn === rootArn(here.accountId);
    const next = isRoot ? checkCaller(rootArn(scope.accountId), true) : caller;
    return new Kms({ ...this.#service, scope, caller: next, by: contextOf(scope, next, by) });
  }

  /**
   * Does now what is due for any key in the store: deletions, rotations, expiry of imported material. Whoever uses a key settles
   * it before, so nothing depends on this; a server calls it from an alarm, so that dates do not pass unnoticed.
   * @returns when something is due next, or undefined
   */
  async settle(): Promise<Date | undefined> {
    return (await root()).settle(this.#service.access);
  }

  /**
   * Wraps all key material anew under the `root` that the keyring was opened with, while it is in use. A walk that was cut off is
   * taken up by calling again; when it is through, no `otherRoots` are needed any more.
   * @param options `onProgress` is called now and then; `signal` ends the walk between two rows
   * @returns how many rows of material there were, and how many were wrapped anew
   * @throws ValidationException where the keyring was opened without `otherRoots`
   */
  async rewrap(options?: RewrapOptions): Promise<RewrapProgress> {
    const copy = { ...options };
    return (await root()).rewrap(this.#service.access, copy);
  }

  /** What was called here, by whom, and whether that record is whole: for administrators of the account. */
  get trail(): Trail {
    this.#trail ??= new Trail(this.#service);
    return this.#trail;
  }

  /** Lets go of key handles and of the database. A later call connects again. */
  destroy(): void {
    // Nothing waits for it, and a connection that cannot be closed is closed by the browser.
    this.#service.access.disconnect().catch(() => {});
  }

  // The root of the keyring (docs/unlock.md)

  /** What protects the keys: the mode, whether they are locked, and the keys that only this device has. */
  protection(): Promise<Protection> {
    return this.#manage('protection');
  }

  /**
   * Unlocks the keyring, for all services that were made from the same `openKms`.
   * @param method of `keyhaven/unlock`
   * @throws UnlockFailed where it opens no slot; UnlockUnavailable where it cannot be used here and now
   */
  unlock(method: UnlockMethod): Promise<void> {
    return this.#manage('unlock', method);
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
    this.#administered();
    return {
      list: () => this.#manage('listSlots'),
      add: (method, options) => this.#manage('addSlot', method, { ...options }),
      rotate: (id, method, options) => this.#manage('rotateSlot', id, method, { ...options }),
      remove: (id) => this.#manage('removeSlot', id),
    };
  }

  /**
   * Moves the keyring to another mode, in one commit, without losing a ciphertext. Keys that the platform made, and gives to nobody,
   * are named in the answer: rotation gives them new material that a root can wrap.
   * @throws ValidationException, KeysNotKept, UnlockFailed, UnlockUnavailable; nothing was changed then
   */
  upgrade(options: UpgradeOptions): Promise<Protection> {
    return this.#manage('upgrade', { ...options });
  }

  /**
   * Writes a backup: all wrapped keys, policies, aliases and grants in one file, which the given slots open. Docs/formats.md has the
   * format. @throws ValidationException where the keyring has no root; KeyLocked
   */
  export(options?: ExportOptions): Promise<Backup> {
    return this.#manage('exportBackup', { ...options });
  }

  /**
   * Takes a backup. With `replace` the keyring here need not be unlocked: it becomes the one of the backup, with its slots.
   * @throws UnlockFailed where `by` opens none of its slots; BackupCorrupt; BackupOutdated; nothing was changed then
   */
  import(options: ImportOptions): Promise<ImportReport> {
    return this.#manage('importBackup', { ...options });
  }

  /** The other devices that have keys of this keyring. `addDevice` of `keyhaven/devices` adds one. */
  get devices(): Devices {
    this.#administered();
    const service = this.#service;
    return {
      list: async () => (await devices()).listDevices(service),
      revoke: async (id, options) => {
        const copy = { ...options };
        return (await devices()).revokeDevice(service, id, copy);
      },
    };
  }

  /** @internal What a conversation of two devices asks of the service. */
  pairing(): Promise<Pairing> {
    this.#administered();
    return deviceParcels().then(({ pairingOf }) => pairingOf(this.#service));
  }

  /**
   * Checks every row of the keyring, and all of them together. Rows that were changed, swapped, removed, or exchanged for an older
   * copy are named. Only a whole older copy of the store is not found here: compare `generation` with one that you keep elsewhere.
   */
  check(): Promise<IntegrityReport> {
    return this.#manage('check');
  }

  /** How likely these keys are here tomorrow: storage, slots, last backup. */
  durability(): Promise<Durability> {
    return this.#manage('durability');
  }

  /** Asks the browser not to clear the storage of this origin by itself. @returns whether it will not */
  persist(): Promise<boolean> {
    return this.#manage('persist');
  }

  /**
   * Calls `listener` when keys are on this device and nowhere else: at once where it is so, and with each key that is made while it
   * is. @returns ends it
   */
  onOnlyCopy(listener: (durability: Durability) => void): () => void {
    // What cannot be told now is told with the next key.
    const attempt = () => this.#manage('tellOnlyCopy', listener).catch(() => {});
    attempt();
    return this.#administered().onNewKey(attempt);
  }

  /** What callers give as options is copied before this. */
  async #manage<K extends keyof RootModule>(
    name: K,
    ...given: Parameters<RootModule[K]> extends [Access, ...infer Rest] ? Rest : never
  ): Promise<Awaited<ReturnType<RootModule[K]>>> {
    const access = this.#administered();
    const act = (await root())[name] as (...all: unknown[]) => Promise<Awaited<ReturnType<RootModule[K]>>>;
    return act(access, ...given);
  }

  /** @throws AccessDeniedException where the caller is no administrator: the root opens all keys, whatever their policies say */
  #administered(): Access {
    const { access, caller } = this.#service;
    if (caller.isAdministrator) return access;
    throw accessDenied(caller, '*', '*', 'not by the account');
  }

  async #run<T>(name: string, operation: Operation<T>, input: unknown, options: Options): Promise<T & api.Reply> {
    const call = new Call(name);
    const { requestId } = call;
    const { access, ...service } = this.#service;
    try {
      // No await before this call: the operation copies its input first of all.
      const body = await awaitWith(options, () =>
        carryOut({ ...service, keyring: access.keyring(service.scope), call }, operation, input),
      );
      return { ...body, $metadata: { httpStatusCode: 200, requestId, attempts: 1, totalRetryDelay: 0 } };
    } catch (error) {
      const isRow = error instanceof StoreCorrupt || error instanceof KeyUndecryptable;
      const explained = isRow ? await (await root()).explain(access, error) : error;
      if (explained instanceof KmsError) explained.$metadata.requestId = requestId;
      throw explained;
    }
  }
}
