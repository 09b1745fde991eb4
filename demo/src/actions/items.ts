// What a person does with notes and files.
import type { EncryptedReader } from 'keyhaven/streams';
import type { ItemView, Label } from '../state.ts';
import { blobOf, fileReader, openFile, sealFile } from '../vault/files.ts';
import { readNote, writeNote } from '../vault/notes.ts';
import { addressOf, canBeAddressed, type OpenedFile } from '../vault/opened-files.ts';
import { placeOf, whileWriting } from '../vault/place.ts';
import { sealLabel } from '../vault/sealing.ts';
import { deleted, rowOf } from '../vault/vault.ts';
import { attempt, type Context, tell } from './context.ts';
import { transfers } from './transfers.ts';

/** Decrypted content, in parts that whoever shows it wipes. */
export interface Opened {
  readonly item: ItemView;
  readonly label: Label;
  readonly parts: Uint8Array<ArrayBuffer>[];
  /** False where only the beginning was decrypted. */
  readonly isWhole: boolean;
}

export interface ItemActions {
  writeNote(title: string, text: string): Promise<boolean>;
  addFiles(files: readonly File[]): Promise<void>;
  stop(transferId: string): void;
  /** @param most plaintext bytes wanted */
  open(item: ItemView, most?: number): Promise<Opened | undefined>;
  /**
   * A picture, sound or video at an address, decrypted as an element asks for it.
   * @param onRead called with the plaintext bytes of each piece
   * @returns undefined where it has no address here, or was not opened
   */
  show(item: ItemView, onRead: (bytes: number) => void): Promise<OpenedFile | undefined>;
  /** All of a file, to be saved. */
  save(item: ItemView): Promise<Blob | undefined>;
  remove(item: ItemView): Promise<boolean>;
}

export function itemActions(context: Context): ItemActions {
  const { store, vault, changed } = context;
  const running = transfers(store);

  function selectedKey(): string {
    const { selectedKeyId } = store.get();
    if (selectedKeyId === undefined)
      throw new DOMException('Make a key, or enable one, to encrypt under.', 'InvalidStateError');
    return selectedKeyId;
  }

  async function addFile(file: File): Promise<void> {
    const { kms, rows, places } = vault();
    const [keyId, id] = [selectedKey(), crypto.randomUUID()];
    const [place] = places;
    // Until its row is there, another tab that opens the vault would take the file for a leftover.
    const isStored = await whileWriting(async () => {
      let isListed = false;
      try {
        const body = await running.run(file.name, 'Encrypting', file.size, (progress) =>
          sealFile(kms, place, keyId, id, file, progress),
        );
        if (!body) return false;
        const label = await sealLabel(kms, keyId, id, 'file', { title: file.name, type: file.type, size: file.size });
        await rows.put('items', { id, kind: 'file', keyId, createdAt: Date.now(), label, body });
        isListed = true;
      } finally {
        if (!isListed) await place.remove(id).catch(() => {});
      }
      return isListed;
    });
    if (!isStored) return tell(context, `${file.name}: stopped. Nothing of it was kept.`);
    await changed();
    tell(context, `${file.name} is encrypted and stored.`);
  }

  async function readerOf(item: ItemView): Promise<EncryptedReader> {
    const { kms, places } = vault();
    const row = await rowOf(vault(), item.id);
    return fileReader(kms, placeOf(places, row.body.at), row);
  }

  return {
    writeNote: (title, text) =>
      attempt(context, 'The note was not stored.', async () => {
        const note = { title, text, keyId: selectedKey(), createdAt: Date.now() };
        await writeNote(vault().notes, crypto.randomUUID(), note);
        await changed();
        tell(context, `${title} is encrypted and stored.`);
      }),

    async addFiles(files) {
      const failed: string[] = [];
      for (const file of files) {
        const names = [...failed, file.name];
        const failure = `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} not stored.`;
        if (!(await attempt(context, failure, () => addFile(file)))) failed.push(file.name);
      }
    },

    stop: (id) => running.stop(id),

    async open(item, most = Number.POSITIVE_INFINITY) {
      let opened: Opened | undefined;
      const title = item.label?.title ?? (item.kind === 'note' ? 'The note' : 'The file');
      await attempt(context, `${title} was not opened.`, async () => {
        const { kms, notes, places } = vault();
        if (item.kind === 'note') {
          const note = await readNote(notes, item.id);
          if (note === undefined) throw deleted();
          const parts = [new TextEncoder().encode(note.text)];
          opened = { item, label: labelOf(item, parts), parts, isWhole: true };
          return;
        }
        const row = await rowOf(vault(), item.id);
        const place = placeOf(places, row.body.at);
        const wanted = Math.min(most, item.label?.size ?? most);
        const parts = await running.run(title, 'Decrypting', wanted, (progress) =>
          openFile(kms, place, row, wanted, progress),
        );
        if (parts) opened = { item, label: labelOf(item, parts), parts, isWhole: wanted === item.label?.size };
      });
      return opened;
    },

    async show(item, onRead) {
      const { label } = item;
      if (item.kind !== 'file' || !label || !canBeAddressed(label.type)) return undefined;
      let shown: OpenedFile | undefined;
      await attempt(context, `${label.title} was not opened.`, async () => {
        shown = addressOf(await readerOf(item), label.type, onRead);
      });
      return shown;
    },

    async save(item) {
      let blob: Blob | undefined;
      const title = item.label?.title ?? 'The file';
      await attempt(context, `${title} was not opened.`, async () => {
        const reader = await readerOf(item);
        // Always as bytes to be saved: a decrypted page must not run at this origin.
        blob = await running.run(title, 'Decrypting', reader.plaintextLength, (progress) =>
          blobOf(reader, 'application/octet-stream', progress),
        );
      });
      return blob;
    },

    remove: (item) =>
      attempt(context, 'It was not deleted.', async () => {
        const { rows, notes, places } = vault();
        if (item.kind === 'note') await notes.delete('notes', item.id);
        else {
          const { body } = await rowOf(vault(), item.id);
          await rows.delete('items', item.id);
          await placeOf(places, body.at).remove(item.id);
        }
        await changed();
        tell(context, `${item.label?.title ?? 'The item'} is deleted.`);
      }),
  };
}

const labelOf = (item: ItemView, parts: readonly Uint8Array[]): Label =>
  item.label ?? { title: 'Untitled', type: '', size: parts.reduce((length, part) => length + part.length, 0) };
