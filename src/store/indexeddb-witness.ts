// The witness of an IndexedDB store: a short text kept in a second database and, where there is one, in localStorage. Either is
// enough to tell a cleared store from a new one. A browser that clears everything of the origin clears these as well.
import { within } from './deadline.ts';
import { Connection } from './indexeddb-connection.ts';
import { localItem, setLocalItem } from './local-storage.ts';
import type { Witness } from './port.ts';

const table = 'witnesses';

export function indexedDbWitness(name: string, deadline: number): Witness {
  const connection = new Connection('keyhaven-witness', table, deadline);
  const itemName = `keyhaven:${name}:witness`;
  return {
    async read() {
      // Where it is missing the database serves alone.
      const item = localItem(itemName);
      if (item !== undefined) return item;
      const database = await connection.open();
      try {
        const found: unknown = await within(database.get(table, name), deadline, 'IndexedDB');
        return typeof found === 'string' ? found : undefined;
      } finally {
        await connection.close();
      }
    },
    async write(text) {
      setLocalItem(itemName, text);
      const database = await connection.open();
      try {
        const transaction = database.transaction([table], 'readwrite', { durability: 'strict' });
        await within(
          Promise.all([transaction.objectStore(table).put(text, name), transaction.done]),
          deadline,
          'IndexedDB',
        );
      } finally {
        await connection.close();
      }
    },
  };
}
