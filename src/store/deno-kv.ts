// The store in Deno KV: SQLite on one machine, FoundationDB on Deno's platform. A value of Deno KV holds 64 KiB, so longer rows lie
// in parts under a name of their own, which are written before the row that names them and removed after it.
import { StoreCorrupt, StoreUnavailable, ValidationException } from '../model/errors/index.ts';
import { checkMethods, milliseconds, optionsReader } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';
import { within } from './deadline.ts';
import { decodeOrderedId, encodeOrderedId } from './ordered-id.ts';
import type { Check, Ref, Row, Store, Write } from './port.ts';
import { rowVersion } from './row-version.ts';
import { asStoreUnavailable, copyWrites } from './trouble.ts';

type Key = readonly (string | number | Uint8Array)[];
interface Entry {
  readonly key: Key;
  readonly value: unknown;
  /** null where there is no entry. */
  readonly versionstamp: string | null;
}
interface Atomic {
  check(...checks: { key: Key; versionstamp: string | null }[]): Atomic;
  set(key: Key, value: unknown): Atomic;
  delete(key: Key): Atomic;
  sum(key: Key, change: bigint): Atomic;
  commit(): Promise<{ ok: boolean }>;
}

/** What the store needs of `await Deno.openKv()`. */
export interface DenoKv {
  getMany(keys: readonly Key[]): Promise<readonly Entry[]>;
  list(selector: { prefix: Key; start?: Key }, options: { limit: number }): AsyncIterable<Entry>;
  atomic(): Atomic;
}

export interface DenoKvOptions {
  /** Name of the keyring: 1 to 128 of a-z, A-Z, 0-9, `_`, `.`, `-`. Default `default`. */
  readonly name?: string | undefined;
  /** Longest wait for one answer, in milliseconds. Default 10 000. */
  readonly deadline?: number | undefined;
}

/** What lies under the key of a row. */
type Stored = { readonly value: Uint8Array } | { readonly part: string; readonly length: number };

const place = 'Deno KV';
/** Limits of Deno KV: bytes of a value (64 KiB with its framing), keys of one getMany, checks of one commit. */
const mostInline = 60_000;
const mostRead = 10;
const mostChecks = 100;
/** Parts written in one commit, which may hold 800 KiB. */
const partsAtOnce = 10;

/**
 * Keeps rows in Deno KV, under keys that begin with `keyhaven` and the name. The database stays the caller's: `disconnect` does
 * not close it.
 * @param kv `await Deno.openKv()`
 * @throws StoreUnavailable (at each use) where the database does not answer
 */
export function denoKvStore(kv: DenoKv, options: DenoKvOptions = {}): Store {
  const own = optionsReader(options, { name: true, deadline: true });
  const [name, deadline] = [own('name') ?? 'default', milliseconds('deadline', own('deadline'), 10_000)];
  checkMethods('kv', kv, ['getMany', 'list', 'atomic'], 'what `await Deno.openKv()` gives, and not the promise of it');
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_.-]{1,128}$/.test(name))
    throw new ValidationException('name must be 1 to 128 of a-z, A-Z, 0-9, "_", ".", "-".');
  const rows = new Rows(kv, name);
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await within(work(), deadline, place);
    } catch (error) {
      throw asStoreUnavailable(error, place);
    }
  };
  return {
    holdsCryptoKeys: false,
    read: (refs) => ask(() => rows.read(refs)),
    list: (table, { after, limit }) => ask(() => rows.list(table, after, limit)),
    count: (table) => ask(() => rows.count(table)),
    async commit(checks, writes) {
      const ready = copyWrites(writes, place);
      return ask(() => rows.commit(checks, ready, Date.now() + deadline));
    },
    async disconnect() {},
  };
}

class Rows {
  readonly #kv: DenoKv;
  readonly #name: string;

  constructor(kv: DenoKv, name: string) {
    this.#kv = kv;
    this.#name = name;
  }

  async read(refs: readonly Ref[]): Promise<(Row | undefined)[]> {
    const keys = refs.map((ref) => this.#key(ref));
    for (let before = ''; ; ) {
      const entries = await this.#heads(keys);
      const found = await Promise.all(entries.map((entry, index) => this.#rowOf(refs[index] as Ref, entry)));
      if (!found.includes('changed meanwhile')) return found as (Row | undefined)[];
      // Parts go after the row that named them.
      const now = entries.map(({ versionstamp }) => versionstamp).join();
      if (now === before) throw new StoreCorrupt(`${place} holds a row of which parts were removed from outside.`);
      before = now;
    }
  }

  async list(table: string, after: string | undefined, limit: number): Promise<Row[]> {
    const prefix = this.#table(table);
    // Right behind `after` in the order of bytes.
    const start = after === undefined ? {} : { start: [...prefix, Uint8Array.of(...encodeOrderedId(after), 0)] };
    const rows: Row[] = [];
    for await (const entry of this.#kv.list({ prefix, ...start }, { limit })) {
      const ref = { table, id: decodeOrderedId(entry.key.at(-1) as Uint8Array) };
      const row = await this.#rowOf(ref, entry);
      // One that was changed while its parts were read is read by itself; one that was deleted is left out.
      const [settled] = row === 'changed meanwhile' ? await this.read([ref]) : [row];
      if (settled) rows.push(settled);
    }
    return rows;
  }

  async count(table: string): Promise<number> {
    const [entry] = await this.#kv.getMany([this.#count(table)]);
    // A Deno.KvU64.
    const value = entry?.value as { readonly value: bigint } | null | undefined;
    return Number(value?.value ?? 0n);
  }

  async commit(checks: readonly Check[], writes: readonly Write[], end: number): Promise<boolean> {
    const expected = new Map(checks.map((check) => [nameOf(check), check.version]));
    const refs = [...checks, ...writes.filter((write) => !expected.has(nameOf(write)))];
    if (checks.length > mostChecks) throw new StoreUnavailable(`${place} checks at most ${mostChecks} rows at once.`);
    const parts = new Map<Write, Stored>();
    try {
      for (const write of writes)
        if (write.value && write.value.length > mostInline) parts.set(write, await this.#writeParts(write.value, end));
      while (Date.now() < end) {
        const heads = await this.#heads(refs.map((ref) => this.#key(ref)));
        if (!checks.every(({ version }, index) => (heads[index]?.versionstamp ?? undefined) === version)) break;
        const before = new Map(refs.map((ref, index) => [nameOf(ref), heads[index] as Entry]));
        const atomic = this.#kv.atomic();
        for (const { key, versionstamp } of heads.slice(0, mostChecks)) atomic.check({ key, versionstamp });
        for (const write of writes) this.#apply(atomic, write, parts.get(write), before.get(nameOf(write)));
        const inDoubt = [...parts];
        // Where the answer is lost, the row may be there and name its parts: rather parts that nobody needs than a row without.
        parts.clear();
        if (!(await commitWhenFree(atomic, end)).ok) {
          for (const [write, stored] of inDoubt) parts.set(write, stored);
          continue; // another was faster: is it one that the checks are about?
        }
        for (const write of writes) await this.#removeParts(before.get(nameOf(write))?.value as Stored | null, end);
        return true;
      }
      if (Date.now() >= end) throw new StoreUnavailable(`${place} found no moment without other writers.`);
      return false;
    } finally {
      for (const unused of parts.values()) await this.#removeParts(unused, end);
    }
  }

  #apply(atomic: Atomic, write: Write, inParts: Stored | undefined, before: Entry | undefined): void {
    const isThere = before !== undefined && before.versionstamp !== null;
    const isPut = write.value !== undefined;
    // Sums wrap around at 2^64, so this is one less.
    if (isThere !== isPut) atomic.sum(this.#count(write.table), isPut ? 1n : 2n ** 64n - 1n);
    if (isPut) atomic.set(this.#key(write), inParts ?? { value: write.value });
    else atomic.delete(this.#key(write));
  }

  /** @returns 'changed meanwhile' where the parts went away under the reader */
  async #rowOf({ table, id }: Ref, { value, versionstamp }: Entry): Promise<Row | undefined | 'changed meanwhile'> {
    if (versionstamp === null) return undefined;
    const stored = value as Stored;
    if ('value' in stored) return { table, id, version: versionstamp, value: new Uint8Array(stored.value) };
    const entries = await this.#heads(this.#parts(stored));
    if (entries.some((entry) => entry.versionstamp === null)) return 'changed meanwhile';
    return { table, id, version: versionstamp, value: joined(entries, stored.length) };
  }

  async #writeParts(value: Bytes, end: number): Promise<Stored> {
    const stored = { part: rowVersion(), length: value.length };
    const keys = this.#parts(stored);
    for (let first = 0; first < keys.length; first += partsAtOnce) {
      const atomic = this.#kv.atomic();
      keys.slice(first, first + partsAtOnce).forEach((key, index) => {
        const start = (first + index) * mostInline;
        atomic.set(key, value.slice(start, start + mostInline));
      });
      await commitWhenFree(atomic, end);
    }
    return stored;
  }

  async #removeParts(stored: Stored | null, end: number): Promise<void> {
    if (stored === null || stored === undefined || 'value' in stored) return;
    const atomic = this.#kv.atomic();
    for (const key of this.#parts(stored)) atomic.delete(key);
    await commitWhenFree(atomic, end);
  }

  /** Entries as they were at one moment. */
  async #heads(keys: readonly Key[]): Promise<readonly Entry[]> {
    const readOnce = async (): Promise<Entry[]> => {
      const entries: Entry[] = [];
      for (let first = 0; first < keys.length; first += mostRead)
        entries.push(...(await this.#kv.getMany(keys.slice(first, first + mostRead))));
      return entries;
    };
    let entries = await readOnce();
    // More than one answer: they are of one moment where nothing had changed when all were read again.
    while (keys.length > mostRead) {
      const again = await readOnce();
      if (again.every(({ versionstamp }, index) => versionstamp === entries[index]?.versionstamp)) break;
      entries = again;
    }
    return entries;
  }

  #key({ table, id }: Ref): Key {
    return [...this.#table(table), encodeOrderedId(id)];
  }

  #table(table: string): Key {
    return ['keyhaven', this.#name, 'row', table];
  }

  #count(table: string): Key {
    return ['keyhaven', this.#name, 'count', table];
  }

  #parts(stored: Stored): Key[] {
    if ('value' in stored) return [];
    const count = Math.ceil(stored.length / mostInline);
    return Array.from({ length: count }, (_, index) => ['keyhaven', this.#name, 'part', stored.part, index]);
  }
}

/** SQLite under Deno KV refuses a writer while another process writes, with nothing written: then it is tried again. */
async function commitWhenFree(atomic: Atomic, end: number): Promise<{ ok: boolean }> {
  for (;;) {
    try {
      return await atomic.commit();
    } catch (error) {
      if (!(error instanceof Error && /database is locked/.test(error.message)) || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 + (Number.parseInt(rowVersion(), 10) % 20)));
    }
  }
}

function joined(entries: readonly Entry[], length: number): Bytes {
  const value = new Uint8Array(length);
  entries.forEach((entry, index) => {
    value.set(entry.value as Uint8Array, index * mostInline);
  });
  return value;
}

const nameOf = ({ table, id }: Ref): string => `${table}/${id}`;
