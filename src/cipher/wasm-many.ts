// Many messages in one call of the core. Records are copied into the window side by side until it is full, sealed or opened in
// one go, and come out packed, so that one copy takes all of them.
import { ivBytes, type ManyOptions, type TagLength } from './aead.ts';
import { byteLength, noAad, overlaps, own, tagBytes, target, view, withoutTag } from './arguments.ts';
import { AuthenticationFailed, InvalidArgument } from './errors.ts';
import type { Core } from './wasm/core.ts';
import { openLong, sealLong } from './wasm-long.ts';

const { fill, set } = Uint8Array.prototype;
const roundUp16 = (bytes: number): number => (bytes + 15) & ~15;

/** The list's items, read once: after this no code of the caller runs, whatever its arrays are. */
function itemsOf(name: string, list: readonly Uint8Array[]): Uint8Array[] {
  if (!Array.isArray(list)) throw new InvalidArgument(name, 'must be an array of Uint8Array');
  const items: Uint8Array[] = [];
  const { length } = list;
  for (let i = 0; i < length; i++) items[i] = list[i] as Uint8Array;
  return items;
}

export class ManyBatch {
  readonly #core: Core;
  readonly #ivs: Uint8Array;
  readonly #records: readonly Uint8Array[];
  readonly #aads: readonly Uint8Array[] | undefined;
  readonly #aad: Uint8Array;
  readonly #into: Uint8Array | undefined;
  readonly #tag: TagLength;
  #result: Uint8Array = noAad;
  #written = 0;
  /** What is in the window: the first record's number, how many, where the next one goes, the length of their results. */
  #first = 0;
  #count = 0;
  #end: number;
  #resultBytes = 0;

  constructor(core: Core, ivs: Uint8Array, records: readonly Uint8Array[], options: ManyOptions | undefined) {
    const aad = own(options, 'aad');
    this.#core = core;
    this.#into = own(options, 'into');
    this.#tag = tagBytes(own(options, 'tagLength'));
    this.#records = itemsOf('records', records);
    this.#aads = Array.isArray(aad) ? itemsOf('aad', aad) : undefined;
    this.#aad = aad === undefined || this.#aads !== undefined ? noAad : (aad as Uint8Array);
    this.#ivs = ivs;
    this.#end = core.layout.window;
    const count = this.#records.length;
    if (byteLength('ivs', ivs) !== ivBytes * count)
      throw new InvalidArgument('ivs', 'must have 12 bytes for each record');
    if (this.#aads !== undefined && this.#aads.length !== count)
      throw new InvalidArgument('aad', 'must have one item for each record');
  }

  seal(slot: number): Uint8Array {
    return this.#run(slot, true);
  }

  open(slot: number): Uint8Array {
    return this.#run(slot, false);
  }

  #run(slot: number, isSeal: boolean): Uint8Array {
    const name = isSeal ? 'records' : 'sealed';
    const gain = isSeal ? this.#tag : 0;
    const lengths: number[] = [];
    let total = 0;
    for (const record of this.#records) {
      const length = byteLength(name, record);
      const bytes = isSeal ? length : withoutTag(name, length, this.#tag);
      lengths.push(bytes);
      total += bytes + gain;
    }
    const place = target(this.#into, total);
    // What overlaps any input is built beside it, unless all input is read before the first result is written.
    const { manyMax, windowBytes } = this.#core.layout;
    const hasAad = this.#aads !== undefined || this.#aad !== noAad;
    const isInOneGo = !hasAad && lengths.length <= manyMax && total < windowBytes / 2;
    const isBeside = !isInOneGo && this.#into !== undefined && this.#inputs().some((input) => overlaps(place, input));
    this.#result = isBeside ? new Uint8Array(total) : place;
    try {
      for (let i = 0; i < lengths.length; i++) this.#add(slot, isSeal, i, lengths[i] as number, gain);
      this.#flush(slot, isSeal);
      if (isBeside) set.call(place, this.#result);
      if (isBeside) fill.call(this.#result, 0);
      if (!isSeal) this.#core.exports.wipeAll();
      return place;
    } catch (error) {
      this.#core.exports.wipeAll();
      // In one go nothing was written yet, and there may be what was to be opened.
      if (!isInOneGo) fill.call(this.#result, 0);
      throw error;
    }
  }

  /** All that is read while results are written. */
  #inputs(): readonly Uint8Array[] {
    const aads = this.#aads ?? [this.#aad];
    for (const aad of aads) byteLength('aad', aad);
    return [this.#ivs, ...aads, ...this.#records];
  }

  /** Copies record `i`, with `bytes` of data, into the window, which is emptied first if it is full. */
  #add(slot: number, isSeal: boolean, i: number, bytes: number, gain: number): void {
    const { heap, layout, lengths } = this.#core;
    const record = this.#records[i] as Uint8Array;
    const aad = this.#aads === undefined ? this.#aad : (this.#aads[i] as Uint8Array);
    const aadBytes = aad === noAad ? 0 : byteLength('aad', aad);
    // Opening, the tag comes in with the data and takes the room behind it.
    const room = roundUp16(aadBytes) + roundUp16(bytes) + 16;
    if (this.#count === layout.manyMax || this.#end + room > layout.window + layout.windowBytes)
      this.#flush(slot, isSeal);
    if (room > layout.windowBytes) {
      this.#alone(slot, isSeal, i, aad, bytes + gain);
      return;
    }
    if (this.#count === 0) this.#first = i;
    if (aadBytes > 0) set.call(heap, aad, this.#end);
    set.call(heap, record, this.#end + roundUp16(aadBytes));
    lengths[2 * this.#count] = aadBytes;
    lengths[2 * this.#count + 1] = bytes;
    this.#count++;
    this.#end += room;
    this.#resultBytes += bytes + gain;
  }

  /** Works on what is in the window, and empties it. */
  #flush(slot: number, isSeal: boolean): void {
    const { exports, heap, layout } = this.#core;
    const count = this.#count;
    if (count === 0) return;
    set.call(heap, view(this.#ivs, ivBytes * this.#first, ivBytes * (this.#first + count)), layout.manyIvs);
    if (isSeal) exports.sealMany(slot, count, this.#tag);
    else if (exports.openMany(slot, count, this.#tag) !== count) throw new AuthenticationFailed();
    set.call(this.#result, view(heap, layout.window, layout.window + this.#resultBytes), this.#written);
    this.#written += this.#resultBytes;
    this.#count = 0;
    this.#resultBytes = 0;
    this.#end = layout.window;
  }

  /** One record that does not fit the window. */
  #alone(slot: number, isSeal: boolean, i: number, aad: Uint8Array, resultBytes: number): void {
    const iv = view(this.#ivs, ivBytes * i, ivBytes * (i + 1));
    const result = view(this.#result, this.#written, this.#written + resultBytes);
    const work = isSeal ? sealLong : openLong;
    work(this.#core, slot, iv, aad, this.#records[i] as Uint8Array, result, this.#tag);
    this.#written += resultBytes;
  }
}
