// What pages leave behind when they end. It goes to localStorage: a transaction of IndexedDB that waits for another one when the page
// ends is lost with the page in Chromium, and in its private windows a reading of the same page is enough for that.
import { localItem, localItemNames, removeLocalItem, setLocalItem } from './local-storage.ts';
import type { Leavings } from './port.ts';

const isId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** @param name of the IndexedDB database that they belong to, without `keyhaven:` */
export function localLeavings(name: string): Leavings {
  const prefix = `keyhaven:${name}:left:`;
  return {
    put(id, text) {
      setLocalItem(prefix + id, text);
    },
    list() {
      const ids = localItemNames(prefix).map((item) => item.slice(prefix.length));
      return ids.filter(isId).flatMap((id) => {
        const text = localItem(prefix + id);
        return text === undefined ? [] : [{ id, text }];
      });
    },
    remove(id, text) {
      if (localItem(prefix + id) === text) removeLocalItem(prefix + id);
    },
  };
}
