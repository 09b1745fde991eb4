// Everything that lies beside the keys, for a backup and back from one: notes with their data keys, and files. All of it travels as it
// lies on the disk, encrypted under the keys that the backup holds; nothing is opened on the way.
import type { BackupRecord } from 'keyhaven';
import { listDataKeys, listSealedNotes, putDataKey, putSealedNote } from './notes.ts';
import { pack, unpack } from './packed.ts';
import { placeOf } from './place.ts';
import type { Body, ItemRow } from './rows.ts';
import type { Vault } from './vault.ts';

/** Of a file so much is in one record of a backup. */
const pieceLength = 1 << 20;

/** Rows for `kms.export`. A file's row comes after its pieces, so that what was taken back is whole. */
export async function* belongings({ rows, places }: Vault): AsyncGenerator<BackupRecord> {
  for (const [id, value] of await listDataKeys()) yield { id: `data-key/${id}`, value };
  for (const [id, { sealed, ...facts }] of await listSealedNotes())
    yield { id: `note/${id}`, value: pack(facts, sealed) };
  for (const row of await rows.getAll('items')) {
    const { label, body, ...facts } = row;
    const { sample, header, at, ...rest } = body;
    const source = await placeOf(places, at).read(row.id, body.length);
    for (let offset = 0, index = 0; offset < body.length; offset += pieceLength, index++)
      yield {
        id: `piece/${row.id}/${index}`,
        value: await source(offset, Math.min(pieceLength, body.length - offset)),
      };
    yield { id: `file/${row.id}`, value: pack({ ...facts, body: rest }, label, sample, ...(header ? [header] : [])) };
  }
}

type FileFacts = Omit<ItemRow, 'label' | 'body'> & { readonly body: Omit<Body, 'at' | 'sample' | 'header'> };

export interface Unpacking {
  take(record: BackupRecord): Promise<void>;
  /** Gives up what was not finished. */
  end(): Promise<void>;
}

/** Takes rows back, in the order in which `belongings` gives them. What is here already stays. To be used within `whileWriting`. */
export function unpackInto({ rows, places: [place] }: Vault): Unpacking {
  let open: { readonly id: string; readonly writer: WritableStreamDefaultWriter<Uint8Array> } | undefined;
  let known: Set<string> | undefined;

  async function takePiece(id: string, piece: Uint8Array): Promise<void> {
    known ??= new Set(await rows.getAllKeys('items'));
    if (known.has(id)) return;
    open ??= { id, writer: (await place.write(id)).getWriter() };
    await open.writer.write(piece);
  }

  async function takeFile(id: string, value: Uint8Array): Promise<void> {
    const { facts, parts } = unpack<FileFacts>(value);
    const [label, sample, header] = parts;
    if (!label || !sample || (await rows.get('items', id))) return;
    await (open ?? { writer: (await place.write(id)).getWriter() }).writer.close();
    open = undefined;
    await rows.put('items', {
      ...facts,
      id,
      label,
      body: { ...facts.body, at: place.at, sample, ...(header && { header }) },
    });
  }

  return {
    async take({ id: path, value }) {
      const [kind, id = ''] = path.split('/');
      if (kind === 'data-key') await putDataKey(id, value);
      else if (kind === 'piece') await takePiece(id, value);
      else if (kind === 'file') await takeFile(id, value);
      else if (kind === 'note') {
        const { facts, parts } = unpack<Parameters<typeof putSealedNote>[1]>(value);
        if (parts[0]) await putSealedNote(id, { ...facts, sealed: parts[0] });
      }
    },
    async end() {
      await open?.writer.abort().catch(() => {});
      open = undefined;
    },
  };
}
