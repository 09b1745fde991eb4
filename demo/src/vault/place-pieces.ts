// Encrypted files as pieces of 1 MiB in IndexedDB, for browsers without a file system for pages.
import type { Place } from './place.ts';
import type { Rows } from './rows.ts';

const pieceLength = 1 << 20;

export function piecesPlace(rows: Rows): Place {
  const all = (id: string): IDBKeyRange => IDBKeyRange.bound([id], [id, []]);
  const reading =
    (id: string) =>
    async (offset: number, wanted: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(wanted);
      for (let filled = 0; filled < wanted; ) {
        const at = offset + filled;
        const piece = await rows.get('pieces', [id, Math.floor(at / pieceLength)]);
        const part = piece?.subarray(at % pieceLength, (at % pieceLength) + wanted - filled);
        if (!part?.length) throw new DOMException('A piece of the stored file is missing.', 'NotFoundError');
        bytes.set(part, filled);
        filled += part.length;
      }
      return bytes;
    };
  const remove = (id: string): Promise<void> => rows.delete('pieces', all(id));
  return {
    at: 'chunks',
    async write(id) {
      let index = 0;
      let piece = new Uint8Array(pieceLength);
      let filled = 0;
      const flush = async () => {
        await rows.put('pieces', piece.slice(0, filled), [id, index++]);
        filled = 0;
      };
      return new WritableStream<Uint8Array>({
        async write(bytes) {
          for (let rest = bytes; rest.length > 0; ) {
            const part = rest.subarray(0, pieceLength - filled);
            piece.set(part, filled);
            filled += part.length;
            rest = rest.subarray(part.length);
            if (filled === pieceLength) await flush();
          }
        },
        async close() {
          if (filled > 0) await flush();
          piece = new Uint8Array(0);
        },
        abort: () => remove(id),
      });
    },
    source: async (id, length) => ({ size: length, read: reading(id) }),
    read: async (id) => reading(id),
    remove,
    async list() {
      const ids = new Set<string>();
      for (const [id] of await rows.getAllKeys('pieces')) ids.add(id);
      return [...ids];
    },
  };
}
