// Encrypted files in the origin private file system. A file appears at its name when its writer closes, not before.
import { gathered } from './gathered.ts';
import type { Place } from './place.ts';

const folder = 'vault';

/** @returns undefined where the browser has none, or none that a page can write to without a worker */
export async function opfsPlace(): Promise<Place | undefined> {
  if (!globalThis.FileSystemFileHandle || !('createWritable' in FileSystemFileHandle.prototype)) return undefined;
  let directory: FileSystemDirectoryHandle;
  try {
    directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  } catch {
    // Firefox refuses it in private windows.
    return undefined;
  }
  const remove = async (id: string): Promise<void> => {
    try {
      await directory.removeEntry(id);
    } catch (error) {
      if ((error as Error).name !== 'NotFoundError') throw error;
    }
  };
  return {
    at: 'opfs',
    async write(id) {
      const handle = await directory.getFileHandle(id, { create: true });
      const file = (await handle.createWritable()).getWriter();
      return gathered({
        write: (bytes) => file.write(bytes),
        close: () => file.close(),
        async abort(reason) {
          await file.abort(reason).catch(() => {});
          await remove(id);
        },
      });
    },
    async source(id) {
      return directory.getFileHandle(id);
    },
    async read(id) {
      const file = await (await directory.getFileHandle(id)).getFile();
      return async (offset, wanted) => new Uint8Array(await file.slice(offset, offset + wanted).arrayBuffer());
    },
    remove,
    async list() {
      const ids: string[] = [];
      for await (const id of directory.keys()) ids.push(id);
      return ids;
    },
  };
}
