// `keyhaven/records/unstorage`: a driver for unstorage over encrypted records. Values are sealed; keys are in clear, or blind.

import { optionsReader } from '../model/options.ts';
import type { SealerKms } from '../sealer/service.ts';
import { openRecords } from './open.ts';
import type { Records } from './records.ts';

export interface RecordsDriverOptions {
  /** Name of the database of records. */
  name: string;
  /** Anything with `generateDataKey` and `decrypt` of the AWS SDK, or the promise of it. */
  kms: SealerKms | Promise<SealerKms>;
  /** The KMS key of new items: id, ARN, alias name or alias ARN. */
  keyId: string;
  /** Keeps the items' names as HMACs. Listing names then reads all items. Default false: names are in clear. */
  blind?: boolean | undefined;
}

/** A driver in the shape of unstorage 1. */
export interface RecordsDriver {
  readonly name: string;
  readonly options: RecordsDriverOptions;
  getInstance(): Promise<Records>;
  hasItem(key: string): Promise<boolean>;
  getItem(key: string): Promise<string | null>;
  getItemRaw(key: string): Promise<unknown>;
  getItems(items: { key: string }[]): Promise<{ key: string; value: string | null }[]>;
  setItem(key: string, value: string): Promise<void>;
  setItemRaw(key: string, value: unknown): Promise<void>;
  setItems(items: { key: string; value: string }[]): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base: string): Promise<string[]>;
  clear(base: string): Promise<void>;
  dispose(): Promise<void>;
}

const store = 'items';

/** `createStorage({ driver: recordsDriver({ name, kms, keyId }) })`. The database is opened at the first use. */
export function recordsDriver(options: RecordsDriverOptions): RecordsDriver {
  const own = optionsReader(options, { name: true, kms: true, keyId: true, blind: true });
  const [name, kms, keyId, blind] = [own('name'), own('kms'), own('keyId'), own('blind')];
  let opening: Promise<Records> | undefined;
  const open = (): Promise<Records> => {
    // What failed or was closed is tried again at the next use.
    const forget = (): void => {
      if (opening === now) opening = undefined;
    };
    const giveWay = (): void => {
      forget();
      now.then((opened) => opened.close()).catch(() => {});
    };
    const now: Promise<Records> = (async () =>
      openRecords(name as string, {
        kms: (await kms) as SealerKms,
        keyId: keyId as string,
        stores: { [store]: { blind } },
        blocking: giveWay,
        terminated: giveWay,
      }))();
    now.catch(forget);
    return now;
  };
  const records = (): Promise<Records> => {
    opening ??= open();
    return opening;
  };
  const get = async (key: string): Promise<unknown> => (await (await records()).get(store, key)) ?? null;
  const set = async (key: string, value: unknown): Promise<void> => {
    await (await records()).put(store, value, key);
  };
  const keysFrom = async (base: string): Promise<string[]> => {
    const all = (await (await records()).getAllKeys(store)) as string[];
    return base ? all.filter((key) => key.startsWith(base)) : all;
  };
  return {
    name: 'keyhaven-records',
    options,
    getInstance: records,
    hasItem: async (key) => (await (await records()).count(store, key)) > 0,
    getItem: get as (key: string) => Promise<string | null>,
    getItemRaw: get,
    async getItems(items) {
      const keys = items.map(({ key }) => key);
      const values = await (await records()).getMany(store, keys);
      return keys.map((key, i) => ({ key, value: (values[i] as string | undefined) ?? null }));
    },
    setItem: set,
    setItemRaw: set,
    async setItems(items) {
      const [values, keys] = [items.map(({ value }) => value), items.map(({ key }) => key)];
      await (await records()).putMany(store, values, keys);
    },
    removeItem: async (key) => (await records()).delete(store, key),
    getKeys: keysFrom,
    async clear(base) {
      const opened = await records();
      if (!base) return opened.clear(store);
      const keys = await keysFrom(base);
      const transaction = opened.transaction(store, 'readwrite');
      for (const key of keys) transaction.store.delete(key);
      await transaction.done;
    },
    async dispose() {
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      opened?.close();
    },
  };
}
