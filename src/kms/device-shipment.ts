// Keys on their way out, on the device that has them: what may go is found out first and changes nothing; then the records say that the
// other device has the keys, and only after that commit anything is sealed for it.
import { encodeParcel, type PortableKey } from '../formats/device-parcel.ts';
import { portableKey, type Released, releaseMaterials, wipeMaterials } from '../keyring/devices/portable.ts';
import { deviceOf, withDevice, withoutDevice } from '../keyring/devices/registry.ts';
import type { Draft } from '../keyring/draft.ts';
import { relatedKeys } from '../keyring/related.ts';
import { makeSlot, newSlotId } from '../keyring/root/slots.ts';
import { mostSlots } from '../keyring/root/slots-of-mode.ts';
import { type KeyringRecord, type SlotMark, slotRef } from '../keyring/tables.ts';
import { HpkeSender } from '../keys/hpke.ts';
import { otherDeviceMethod } from '../keys/other-device-method.ts';
import { keyArn } from '../model/arn.ts';
import { type DeviceRecord, mostParcelBytes, mostParcelKeys } from '../model/device-record.ts';
import { KeysNotPortable, LimitExceededException, ValidationException } from '../model/errors/index.ts';
import { elsewhereOf, type KeyRecord } from '../model/key-record.ts';
import { regionsOf } from '../model/multi-region.ts';
import type { Bytes } from '../model/shape.ts';
import type { Put } from '../store/port.ts';
import { type Item, itemsOf, requireAllowed, requirePeer, rootFor, type ShipmentRequest } from './device-rules.ts';
import { replicaOf } from './replicas.ts';
import { type IdleService, recordIn, resolveInDraft, resolveManaged } from './service.ts';

export interface SentKey {
  KeyId: string;
  /** As it is on this device. */
  Arn: string;
  /** Ids of older material that only this device has: what was sealed under it opens here only. */
  missing: readonly string[];
}

/** Most bytes of a parcel in one message. */
const pieceLength = 48 * 1024;

/** What is on its way. Whoever prepared it ends it by `settle` or `drop`. */
export class Shipment {
  readonly keyIds: readonly string[];
  readonly #service: IdleService;
  readonly #request: ShipmentRequest;
  readonly #items: readonly Item[];
  /** Bytes of the root, for the slot; they are wiped. */
  readonly #root: Bytes | undefined;
  #before: DeviceRecord | undefined;
  #slot: string | undefined;
  /** Keys that the device did not have before. */
  #fresh: readonly string[] = [];

  private constructor(service: IdleService, request: ShipmentRequest, items: readonly Item[], root: Bytes | undefined) {
    this.#service = service;
    this.#request = request;
    this.#items = items;
    this.#root = root;
    this.keyIds = items.map(({ id }) => id);
  }

  /**
   * Finds out what may go. Changes nothing.
   * @throws KeysNotPortable, PairingRefused, ValidationException, UnlockFailed, and as ReplicateKey does
   */
  static async prepare(service: IdleService, request: ShipmentRequest): Promise<Shipment> {
    const { access, scope } = service;
    const { to, opensRoot } = request;
    const keyring = access.keyring(scope);
    const record = await keyring.change((draft) => draft.keyring());
    requirePeer(record, scope, request);
    const items = await itemsOf(service, request);
    if (items.length === 0 && !opensRoot)
      throw new ValidationException('keys must name at least one multi-Region key whose primary is here.');
    if (items.length > mostParcelKeys)
      throw new LimitExceededException(`At most ${mostParcelKeys} keys go to another device at once.`);
    const held: string[] = [];
    for (const { service: each, own, id } of items) {
      const key = await resolveManaged(each, own.KeyId);
      await requireAllowed(each, key, own, record, to);
      const released = await releaseMaterials(keyring, key);
      if (released === undefined) held.push(id);
      else wipeMaterials(released.materials);
    }
    if (held.length > 0) throw notPortable(held);
    return new Shipment(service, request, items, await rootFor(service, record, request));
  }

  /**
   * Writes that the other device has the keys, and seals them for it. Where that fails the records are as they were.
   * @param sender of the conversation @returns the messages, in order, and what was sent
   */
  async send(
    sender: HpkeSender,
    additionalData: Bytes,
  ): Promise<{ readonly pieces: readonly Bytes[]; readonly keys: readonly SentKey[] }> {
    if (!(sender instanceof HpkeSender)) throw new TypeError('sender must be the sender of the conversation.');
    const { access, scope } = this.#service;
    const keyring = access.keyring(scope);
    const replicas = await this.#write();
    const released: Released[] = [];
    try {
      const keys: PortableKey[] = [];
      const sent: SentKey[] = [];
      for (const { key, replica } of replicas) {
        const materials = await releaseMaterials(keyring, key);
        if (materials === undefined) throw notPortable([key.id]);
        released.push(materials);
        keys.push(portableKey(replica, materials.materials));
        sent.push({ KeyId: key.id, Arn: keyArn(scope, key.id), missing: materials.missing });
      }
      return { pieces: await sealed(sender, additionalData, encodeParcel(keys)), keys: sent };
    } catch (error) {
      // Nothing was sent.
      await this.settle(false);
      throw error;
    } finally {
      for (const { materials } of released) wipeMaterials(materials);
    }
  }

  /** Ends it. @param isTaken whether the other device has the keys, or said that it has none */
  async settle(isTaken: boolean): Promise<void> {
    const { access, scope } = this.#service;
    const { to } = this.#request;
    const [slot, before, fresh] = [this.#slot, this.#before, this.#fresh];
    await access.keyring(scope).change(async (draft) => {
      let record = await draft.keyring();
      const device = deviceOf(record, to.id);
      if (device === undefined) return;
      if (isTaken) {
        record = withDevice(record, { ...device, state: 'added' });
        // The slot that the device had before.
        if (slot !== undefined && before?.slot !== undefined) record = withoutSlot(draft, record, before.slot);
      } else {
        for (const id of fresh) await forgetRegion(draft, id, to.region);
        if (slot !== undefined) record = withoutSlot(draft, record, slot);
        record = before === undefined ? withoutDevice(record, to.id) : withDevice(record, before);
      }
      await draft.putKeyring(record);
    });
  }

  /** Lets go of the root. */
  drop(): void {
    this.#root?.fill(0);
  }

  async #write(): Promise<readonly { readonly key: KeyRecord; readonly replica: KeyRecord }[]> {
    const { access, scope } = this.#service;
    const { to } = this.#request;
    const keyring = access.keyring(scope);
    const made = this.#root && (await this.#makeSlot(this.#root));
    const written = await keyring.change(async (draft) => {
      const record = await draft.keyring();
      const before = deviceOf(record, to.id);
      const fresh: string[] = [];
      const replicas = [];
      for (const { service, own } of this.#items) {
        const key = await resolveInDraft(draft, service, own.KeyId);
        await requireAllowed(service, key, own, record, to);
        const regions = regionsOf(key, scope);
        const isNew = !elsewhereOf(regions).includes(to.region);
        if (isNew) fresh.push(key.id);
        const next = isNew ? withRegion(regions, to.region) : regions;
        for (const related of await relatedKeys(draft, key))
          await related.draft.putKey({ ...related.key, regions: next });
        draft.recordOwn('SynchronizeMultiRegionKey', key.id, null);
        replicas.push({ key, replica: { ...replicaOf(key, own, scope, draft.now), regions: next } });
      }
      const marks = record.slots ?? [];
      if (made) {
        if (marks.length >= mostSlots) throw new LimitExceededException(`A keyring has at most ${mostSlots} slots.`);
        draft.require(slotRef(made.mark.id), undefined);
        draft.putRow(made.put);
      }
      const { id, name, accountId, region } = to;
      const slot = made?.mark.id ?? before?.slot;
      const device: DeviceRecord = {
        ...{ id, name, accountId, region, state: 'adding' },
        addedAt: before?.addedAt ?? draft.now,
        ...(slot === undefined ? {} : { slot }),
      };
      await draft.putKeyring(withDevice({ ...record, ...(made ? { slots: [...marks, made.mark] } : {}) }, device));
      for (const { service } of this.#items) recordIn(draft, service);
      return { replicas, before, fresh };
    });
    for (const { service } of this.#items) service.call.isRecorded = true;
    [this.#before, this.#slot, this.#fresh] = [written.before, made?.mark.id, written.fresh];
    return written.replicas;
  }

  async #makeSlot(root: Bytes): Promise<{ readonly put: Put; readonly mark: SlotMark }> {
    const { access, scope } = this.#service;
    const { deviceKey, name } = this.#request.to;
    const keyring = access.keyring(scope);
    const { id } = await keyring.change((draft) => draft.keyring());
    const plan = { keyring: id, slot: newSlotId(), createdAt: keyring.now };
    return makeSlot(otherDeviceMethod(deviceKey ?? new Uint8Array(0), name), plan, root);
  }
}

const withRegion = (regions: ReturnType<typeof regionsOf>, region: string): NonNullable<KeyRecord['regions']> => ({
  ...regions,
  replicas: [...regions.replicas, region].sort(),
  elsewhere: [...elsewhereOf(regions), region].sort(),
});

async function forgetRegion(draft: Draft, keyId: string, region: string): Promise<void> {
  const key = await draft.key(keyId);
  if (key === undefined) return;
  for (const { draft: there, key: related } of await relatedKeys(draft, key)) {
    const regions = regionsOf(related, there.scope);
    const left = regions.replicas.filter((each) => each !== region);
    const elsewhere = elsewhereOf(regions).filter((each) => each !== region);
    await there.putKey({ ...related, regions: left.length === 0 ? null : { ...regions, replicas: left, elsewhere } });
  }
}

function withoutSlot(draft: Draft, record: KeyringRecord, id: string): KeyringRecord {
  draft.removeRow(slotRef(id));
  return { ...record, slots: (record.slots ?? []).filter((mark) => mark.id !== id) };
}

async function sealed(sender: HpkeSender, additionalData: Bytes, parcel: Bytes): Promise<readonly Bytes[]> {
  try {
    if (parcel.length > mostParcelBytes)
      throw new LimitExceededException('The keys are too many for one parcel: pass them in several.');
    const pieces: Bytes[] = [];
    for (let start = 0; start < parcel.length; start += pieceLength)
      pieces.push(await sender.seal(parcel.subarray(start, start + pieceLength), additionalData));
    return pieces;
  } finally {
    parcel.fill(0);
  }
}

const notPortable = (ids: readonly string[]): KeysNotPortable =>
  new KeysNotPortable(
    `The material of ${ids.join(', ')} was made inside the platform, which gives it to nobody. kms.upgrade({ to: 'recoverable', slots }), then kms.rotateKeyOnDemand for each gives symmetric keys material that can go; of other kinds make new keys after the upgrade.`,
  );
