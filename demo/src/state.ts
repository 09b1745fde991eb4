// Everything that the page shows. Plaintext is in it only where it is on the screen.
import type { Problem } from './explain.ts';

export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly alias: string | undefined;
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  readonly createdAt: Date;
  readonly deletionAt: Date | undefined;
}

/** What an item is called and is: stored encrypted, like its content. */
export interface Label {
  readonly title: string;
  /** MIME type. */
  readonly type: string;
  /** Plaintext bytes. */
  readonly size: number;
}

export interface ItemView {
  readonly id: string;
  readonly kind: 'note' | 'file';
  readonly keyId: string;
  readonly createdAt: Date;
  readonly storedSize: number;
  /** The first and the last stored bytes, as hex: what a reader of the disk sees. */
  readonly sample: string;
  /** Either the label, or why it cannot be read now. */
  readonly label: Label | undefined;
  readonly problem: Problem | undefined;
}

/** Work in progress on a file. */
export interface Transfer {
  readonly id: string;
  readonly title: string;
  readonly doing: 'Encrypting' | 'Decrypting';
  readonly done: number;
  readonly total: number;
  /** Bytes a second. */
  readonly speed: number;
}

/** Told once, at the foot of the page. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly problem: Problem | undefined;
}

export interface StorageView {
  readonly used: number | undefined;
  readonly quota: number | undefined;
  readonly isPersisted: boolean | undefined;
}

export interface State {
  readonly phase: 'opening' | 'ready' | 'failed';
  readonly failure: Problem | undefined;
  readonly keys: readonly KeyView[];
  readonly items: readonly ItemView[];
  readonly selectedKeyId: string | undefined;
  readonly transfers: readonly Transfer[];
  readonly notice: Notice | undefined;
  readonly storage: StorageView;
  readonly isInstalled: boolean;
}

export const initialState: State = {
  phase: 'opening',
  failure: undefined,
  keys: [],
  items: [],
  selectedKeyId: undefined,
  transfers: [],
  notice: undefined,
  storage: { used: undefined, quota: undefined, isPersisted: undefined },
  isInstalled: false,
};
