// Scratch space: bytes that wait for something, in the order in which they came, and are read back later. A little is kept in
// memory; more goes to a file in the origin private file system, or, where a page cannot write one, into Blobs, which
// browsers keep outside of the page's memory. Whoever uses it puts nothing there that may not lie on a disk in clear.
import type { Bytes } from '../model/shape.ts';

export interface Scratch {
  /** Appends; the bytes are the scratch's from then on. */
  write(bytes: Bytes): Promise<void>;
  /** Ends writing. */
  finish(): Promise<void>;
  /** What lies at an offset: at most `length` bytes, fewer only at the end. */
  read(offset: number, length: number): Promise<Bytes>;
  /** Removes everything. */
  dispose(): Promise<void>;
}

/** Up to this much stays in memory. */
const inMemory = 32 << 20;
/** Written at a time: a file system takes few large writes several times as fast as many small ones. */
const group = 4 << 20;

export function openScratch(): Scratch {
  let pieces: Bytes[] = [];
  /** Bytes in `pieces`. */
  let waiting = 0;
  let backing: Backing | undefined;
  let whole: Blob | undefined;
  const flush = async (): Promise<void> => {
    const ready = new Blob(pieces);
    pieces = [];
    waiting = 0;
    backing ??= (await openFile()) ?? blobs();
    await backing.append(ready);
  };
  return {
    async write(bytes) {
      pieces.push(bytes);
      waiting += bytes.length;
      if (waiting > (backing === undefined ? inMemory : group)) await flush();
    },
    async finish() {
      if (backing === undefined) return;
      await flush();
      whole = await backing.finish();
    },
    async read(offset, most) {
      if (whole === undefined) return cut(pieces, offset, most);
      return new Uint8Array(await whole.slice(offset, offset + most).arrayBuffer());
    },
    async dispose() {
      pieces = [];
      whole = undefined;
      await backing?.dispose();
    },
  };
}

/** A part of pieces in memory. */
function cut(pieces: readonly Bytes[], offset: number, most: number): Bytes {
  const parts: Bytes[] = [];
  let start = offset;
  let wanted = most;
  for (const piece of pieces) {
    if (start < piece.length && wanted > 0) {
      const part = piece.subarray(start, start + wanted);
      parts.push(part);
      wanted -= part.length;
    }
    start = Math.max(0, start - piece.length);
  }
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const result = new Uint8Array(most - wanted);
  let filled = 0;
  for (const part of parts) {
    result.set(part, filled);
    filled += part.length;
  }
  return result;
}

interface Backing {
  append(group: Blob): Promise<void>;
  finish(): Promise<Blob>;
  dispose(): Promise<void>;
}

function blobs(): Backing {
  let parts: Blob[] = [];
  return {
    append: async (each) => void parts.push(each),
    finish: async () => new Blob(parts),
    async dispose() {
      parts = [];
    },
  };
}

const folder = 'keyhaven-scratch';

/** A file of its own. A lock of its name tells other tabs that it is in use; what nobody holds is left over, and removed. */
async function openFile(): Promise<Backing | undefined> {
  try {
    const { storage, locks } = globalThis.navigator;
    if (!('createWritable' in FileSystemFileHandle.prototype)) return undefined;
    const directory = await (await storage.getDirectory()).getDirectoryHandle(folder, { create: true });
    const name = globalThis.crypto.randomUUID();
    const release = await hold(locks, `${folder}/${name}`);
    await removeLeftovers(directory, locks);
    const handle = await directory.getFileHandle(name, { create: true });
    const writable = await handle.createWritable();
    let isOpen = true;
    return {
      append: (each) => writable.write(each),
      async finish() {
        isOpen = false;
        await writable.close();
        return handle.getFile();
      },
      async dispose() {
        if (isOpen) await writable.abort().catch(() => {});
        await directory.removeEntry(name).catch(() => {});
        release();
      },
    };
  } catch {
    // No file system here, or none in a private window.
    return undefined;
  }
}

/** Takes a lock until the returned function is called. */
const hold = (locks: LockManager, name: string): Promise<() => void> =>
  new Promise((resolve, reject) => {
    locks.request(name, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });

async function removeLeftovers(directory: FileSystemDirectoryHandle, locks: LockManager): Promise<void> {
  const { held = [] } = await locks.query();
  const inUse = new Set(held.map(({ name }) => name));
  for await (const name of (directory as unknown as { keys(): AsyncIterable<string> }).keys()) {
    // Chromium writes to a file of this suffix first.
    const owner = name.replace(/\.crswap$/, '');
    if (!inUse.has(`${folder}/${owner}`)) await directory.removeEntry(name).catch(() => {});
  }
}
