// An encrypted stream in a Blob or a File.
import type { EncryptedSource } from '../encrypted-reader.ts';

export const blobSource = (blob: Blob): EncryptedSource => ({
  size: blob.size,
  read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
});
