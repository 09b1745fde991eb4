// An encrypted stream in a file of the origin private file system, or one that the user picked.
import type { EncryptedSource } from '../encrypted-reader.ts';
import { blobSource } from './blob.ts';

/** What is used of FileSystemFileHandle. */
export interface FileHandle {
  getFile(): Promise<Blob>;
}

/** What is used of FileSystemSyncAccessHandle, which workers have. It stays the caller's to close. */
export interface SyncAccessHandle {
  getSize(): number;
  read(buffer: Uint8Array, options: { at: number }): number;
}

export const fileSource = async (handle: FileHandle): Promise<EncryptedSource> => blobSource(await handle.getFile());

export const syncAccessSource = (handle: SyncAccessHandle): EncryptedSource => ({
  size: handle.getSize(),
  async read(offset, length) {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, handle.read(bytes, { at: offset }));
  },
});
