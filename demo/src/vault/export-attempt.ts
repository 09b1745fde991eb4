// What any script of this page can do to a key: open the database with plain IndexedDB, take the CryptoKey out, and ask for
// its bytes. Nothing of keyhaven is used here.

export interface ExportAttempt {
  /** What lies in the database, as `console.log` would show it. */
  readonly found: string;
  /** None where there was nothing to try on. */
  readonly tries: readonly { readonly call: string; readonly result: string }[];
}

const databaseName = 'keyhaven:vault';

export async function tryToExport(keyId: string): Promise<ExportAttempt> {
  const key = await takeKey(keyId);
  if (key === undefined)
    return { found: 'no CryptoKey: the material of the key lies encrypted under the root of the vault', tries: [] };
  const { name } = key.algorithm;
  const { hash, length } = key.algorithm as HmacKeyAlgorithm;
  const found = `CryptoKey { type: "${key.type}", extractable: ${key.extractable}, algorithm: ${name} ${hash?.name ?? ''} ${length ?? ''}, usages: [${key.usages.join(', ')}] }`;
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-KW', length: 256 }, true, ['wrapKey']);
  return {
    found,
    tries: [
      await attempt("crypto.subtle.exportKey('raw', key)", () => crypto.subtle.exportKey('raw', key)),
      await attempt("crypto.subtle.exportKey('jwk', key)", () => crypto.subtle.exportKey('jwk', key)),
      await attempt("crypto.subtle.wrapKey('raw', key, mine, 'AES-KW')", () =>
        crypto.subtle.wrapKey('raw', key, wrapping, { name: 'AES-KW' }),
      ),
      await attempt('JSON.stringify(key)', async () => JSON.stringify(key)),
    ],
  };
}

async function attempt(call: string, body: () => Promise<unknown>): Promise<{ call: string; result: string }> {
  try {
    const result = await body();
    return { call, result: typeof result === 'string' ? result : `EXPORTED ${Object.prototype.toString.call(result)}` };
  } catch (error) {
    const { name, message } = error as Error;
    return { call, result: `${name}: ${message}` };
  }
}

/** Walks all rows of all object stores until it meets the key. @returns undefined where only bytes lie there, as in a locked vault */
async function takeKey(keyId: string): Promise<CryptoKey | undefined> {
  const database = await answer(indexedDB.open(databaseName));
  try {
    const names = [...database.objectStoreNames];
    const transaction = database.transaction(names, 'readonly');
    for (const name of names) {
      const store = transaction.objectStore(name);
      const [ids, values] = await Promise.all([answer(store.getAllKeys()), answer(store.getAll())]);
      for (const [index, value] of values.entries()) {
        if (!JSON.stringify(ids[index]).includes(keyId)) continue;
        const key = Object.values(value as object).find((member) => member instanceof CryptoKey);
        if (key) return key as CryptoKey;
      }
    }
    return undefined;
  } finally {
    database.close();
  }
}

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
