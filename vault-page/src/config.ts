// `vault.json`, the one file that a team edits: who may embed this page, which keys there are, and who may use them unasked. It is
// data: nothing in it runs.

export interface VaultKey {
  /** `alias/notes`. Made on the first run, and again for each site that embeds this page, where browsers keep these apart. */
  readonly alias: string;
  readonly description?: string;
  /** Origins that may encrypt and decrypt under it without a question; each must be a caller. */
  readonly allow?: readonly string[];
}

export interface VaultConfig {
  readonly callers: readonly {
    readonly origin: string;
    readonly accountId?: string;
    readonly isAdministrator?: boolean;
    readonly rate?: { readonly perSecond?: number; readonly burst?: number };
  }[];
  readonly keys?: readonly VaultKey[];
  /** True where the user is asked about keys that an origin was not given. */
  readonly consent?: boolean;
  /**
   * Keeps the keys under a passphrase and a recovery code that the user chooses on the first run: nothing on the disk opens without
   * one of them. Default: keys are those of the device.
   */
  readonly locked?: boolean;
  /** Minutes without a call after which locked keys lock by themselves. Default 15. */
  readonly lockAfter?: number;
}

export async function loadConfig(): Promise<VaultConfig> {
  const response = await fetch('./vault.json', { cache: 'no-cache' });
  if (!response.ok) throw new Error(`vault.json could not be loaded: ${response.status}`);
  return (await response.json()) as VaultConfig;
}
