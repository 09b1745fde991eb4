// Everything that the page shows. Plaintext is in it only where it is on the screen.
import type { Mode, SlotKind } from 'keyhaven';
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

/** Something that opens the vault. */
export interface MethodView {
  readonly kind: SlotKind;
  readonly label: string;
}

/** What keeps the keys from being lost, and from being taken. */
export interface ProtectionView {
  readonly mode: Mode;
  readonly methods: readonly MethodView[];
  /** Ids of keys with material that no backup holds, because only this device has it. */
  readonly deviceOnly: readonly string[];
  /** When the last backup was written, and whether all that is here now was here then. */
  readonly backup: { readonly at: Date; readonly isCurrent: boolean } | undefined;
}

/** When the vault locks by itself: never, when the page is hidden, or after so many minutes without use. */
export type AutoLockChoice = 'never' | 'hide' | '1' | '5' | '15';

export interface State {
  /** `locked`: nothing of the vault is on the page, and nothing opens without one of the methods. */
  readonly phase: 'opening' | 'locked' | 'ready' | 'failed';
  readonly failure: Problem | undefined;
  readonly protection: ProtectionView | undefined;
  /** Whether the guide that sets up recovery takes the place of the vault. */
  readonly isGuided: boolean;
  readonly autoLock: AutoLockChoice;
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
  protection: undefined,
  isGuided: false,
  autoLock: 'never',
  keys: [],
  items: [],
  selectedKeyId: undefined,
  transfers: [],
  notice: undefined,
  storage: { used: undefined, quota: undefined, isPersisted: undefined },
  isInstalled: false,
};
