// Bytes sealed and opened under the data keys of a database: at once where the data key is in the core's memory, else later. Many
// at a time, grouped by data key, so that a read across years of data keys loads each of them once.
import { WasmBlocked } from '../cipher/errors.ts';
import { type DataKeyId, hasSameKey, recordKeyId } from '../formats/sealed-record.ts';
import { DataKeyNotLoaded, InvalidCiphertextException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { mostLoaded } from '../sealer/loaded-keys.ts';
import type { Sealer } from '../sealer/sealer.ts';
import { goOn, isLater, type Soon } from './answer.ts';

/** Turns in a row that find none of the data keys they have loaded, before it is given up. */
const mostVain = 100;

type Group = { readonly id: DataKeyId; readonly members: number[] };

export class RowCipher {
  readonly #sealing: Sealer;
  readonly #opening: Sealer;
  readonly #isSync: boolean;

  /**
   * @param sealing seals, under the KMS key of its choice
   * @param opening opens what others sealed, whatever their KMS keys
   * @param isSync false where WebAssembly is blocked
   */
  constructor(sealing: Sealer, opening: Sealer, isSync: boolean) {
    this.#sealing = sealing;
    this.#opening = opening;
    this.#isSync = isSync;
  }

  /** Another that seals under another KMS key. */
  under(sealing: Sealer): RowCipher {
    return new RowCipher(sealing, this.#opening, this.#isSync);
  }

  /** Seals; the plaintexts are wiped. */
  seal(aads: readonly Uint8Array[], plaintexts: readonly Bytes[]): Soon<Uint8Array[]> {
    const length = plaintexts.reduce((sum, plaintext) => sum + plaintext.length, 0);
    if (!this.#isSync || !this.#sealing.isReady(length, plaintexts.length))
      return this.#sealLater(aads.map(copy), plaintexts);
    try {
      return plaintexts.length === 1
        ? [this.#sealing.seal(plaintexts[0] as Bytes, { aad: aads[0], into: undefined })]
        : this.#sealing.sealMany(plaintexts, { aad: aads });
    } finally {
      wipe(plaintexts);
    }
  }

  /**
   * Opens; all or none.
   * @throws InvalidCiphertextException, DataKeyMissing, the errors of the KMS
   */
  open(records: readonly Uint8Array[], aads: readonly Uint8Array[]): Soon<Uint8Array[]> {
    const first = records[0];
    if (first === undefined) return [];
    if (this.#isSync) {
      const sealer = this.#holder(first);
      if (records.length === 1 && sealer !== undefined) return [sealer.open(first, { aad: aads[0], into: undefined })];
      if (sealer !== undefined && records.every((record) => sealer.isLoaded(record)))
        return sealer.openMany(records, { aad: aads });
    }
    return this.#openLater(records, aads.map(copy));
  }

  /** The same, the plaintexts one right behind the other: of a record of n bytes, n - 29. */
  openPacked(records: readonly Uint8Array[], aads: readonly Uint8Array[]): Soon<Uint8Array> {
    const first = records[0];
    const sealer = first !== undefined && this.#isSync ? this.#holder(first) : undefined;
    if (sealer !== undefined && records.every((record, i) => isLikeBefore(records, i) || sealer.isLoaded(record)))
      return sealer.openPacked(records, { aad: aads });
    return goOn(this.open(records, aads), packed);
  }

  /** The same for one record; so that a walk goes on where one does not open. */
  openOne(record: Uint8Array, aad: Uint8Array): Soon<Uint8Array> {
    const opened = this.open([record], [aad]);
    return isLater(opened) ? opened.then(([plaintext]) => plaintext as Uint8Array) : (opened[0] as Uint8Array);
  }

  canOpenNow(record: Uint8Array): boolean {
    return this.#isSync && this.#holder(record) !== undefined;
  }

  /**
   * Opens one record at once, where nothing can be waited for.
   * @throws DataKeyNotLoaded, with the data key asked for, so that the next call finds it; WasmBlocked
   */
  openNow(record: Uint8Array, aad: Uint8Array): Uint8Array {
    const sealer = this.#holder(record);
    if (sealer !== undefined) return sealer.open(record, { aad, into: undefined });
    this.#opening.prepare([new Uint8Array(record)]).catch(() => {});
    throw new DataKeyNotLoaded();
  }

  /** The sealer that has the data key of a record in memory. */
  #holder(record: Uint8Array): Sealer | undefined {
    if (this.#sealing.isLoaded(record)) return this.#sealing;
    return this.#opening.isLoaded(record) ? this.#opening : undefined;
  }

  async #sealLater(aads: readonly Uint8Array[], plaintexts: readonly Bytes[]): Promise<Uint8Array[]> {
    try {
      if (!this.#isSync)
        return await Promise.all(plaintexts.map((each, i) => this.#sealing.sealAsync(each, { aad: aads[i] })));
      const length = plaintexts.reduce((sum, plaintext) => sum + plaintext.length, 0);
      await this.#sealing.ready(length, plaintexts.length);
      return this.#sealing.sealMany(plaintexts, { aad: aads });
    } finally {
      wipe(plaintexts);
    }
  }

  async #openLater(records: readonly Uint8Array[], aads: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const results = new Array<Uint8Array>(records.length);
    const open = (group: Group): Promise<boolean> | boolean => this.#openGroup(group, records, aads, results);
    let left = groupByKey(records);
    for (let vain = 0; ; ) {
      const before = left.length;
      // Those that are there go first: loading others makes them go.
      left = this.#isSync ? left.filter((group) => open(group) === false) : await notOpened(left, open);
      if (left.length === 0) return results;
      // Other calls load data keys as well, and there is room for so many only: the fewer at a time, the sooner they are used.
      vain = left.length < before ? 0 : vain + 1;
      if (vain > mostVain) throw new DataKeyNotLoaded();
      const some = left.slice(0, vain > 1 ? 1 : mostLoaded);
      await this.#opening.prepare(some.map(({ members }) => records[members[0] as number] as Uint8Array));
    }
  }

  /** @returns false where its data key is not in memory */
  #openGroup(
    { members }: Group,
    records: readonly Uint8Array[],
    aads: readonly Uint8Array[],
    results: Uint8Array[],
  ): Promise<boolean> | boolean {
    const some = members.map((i) => records[i] as Uint8Array);
    const theirs = members.map((i) => aads[i] as Uint8Array);
    const keep = (opened: readonly Uint8Array[]): boolean => {
      members.forEach((member, i) => {
        results[member] = opened[i] as Uint8Array;
      });
      return true;
    };
    const sealer = this.#holder(some[0] as Uint8Array);
    if (sealer === undefined) return false;
    if (this.#isSync) return keep(sealer.openMany(some, { aad: theirs }));
    return Promise.all(some.map((each, i) => sealer.openAsync(each, { aad: theirs[i] }))).then(keep, (error) => {
      if (error instanceof DataKeyNotLoaded) return false;
      throw error;
    });
  }
}

/** One after the other, so that each finds its data key. */
async function notOpened(
  groups: readonly Group[],
  open: (group: Group) => Promise<boolean> | boolean,
): Promise<Group[]> {
  const left: Group[] = [];
  for (const group of groups) if (!(await open(group))) left.push(group);
  return left;
}

/** One right behind the other; there may be more than a call takes as arguments. */
function packed(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    result.set(part, end);
    end += part.length;
  }
  return result;
}

/** True where the record before has the same data key, which was looked for already. */
const isLikeBefore = (records: readonly Uint8Array[], i: number): boolean =>
  i > 0 && hasSameKey(records[i - 1] as Uint8Array, records[i] as Uint8Array);

function groupByKey(records: readonly Uint8Array[]): Group[] {
  const groups = new Map<string, Group>();
  records.forEach((record, i) => {
    const id = recordKeyId(record);
    if (id === undefined) throw new InvalidCiphertextException();
    const name = `${id.high}.${id.low}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { id, members: [i] });
    else group.members.push(i);
  });
  return [...groups.values()];
}

/** True where the synchronous core can be had. */
export async function isCoreThere(load: () => Promise<unknown>): Promise<boolean> {
  try {
    await load();
    return true;
  } catch (error) {
    if (error instanceof WasmBlocked) return false;
    throw error;
  }
}

const copy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
const wipe = (plaintexts: readonly Bytes[]): void => {
  for (const plaintext of plaintexts) plaintext.fill(0);
};
