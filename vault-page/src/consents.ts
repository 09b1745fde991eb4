// What the user has agreed to, each with a button that ends it.
import type { Kms } from 'keyhaven';
import { consentGrantName } from 'keyhaven/host';
import type { VaultConfig } from './config.ts';

/** Draws the list anew. A page that embeds the frame could make its user end a consent, which gives it nothing. */
export async function listConsents(list: HTMLElement, kms: Kms, { keys = [] }: VaultConfig): Promise<void> {
  const items: HTMLElement[] = [];
  for (const { alias, description } of keys) {
    const { KeyId } = (await kms.describeKey({ KeyId: alias })).KeyMetadata;
    const { Grants } = await kms.listGrants({ KeyId });
    for (const { GrantId, GranteePrincipal = '', Name } of Grants) {
      if (Name !== consentGrantName) continue;
      const item = document.createElement('li');
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = 'End';
      const text = `${GranteePrincipal.replace(/^.*:user\/origin\/(https?)\//, '$1://').replace('+', ':')} may use ${description || alias}`;
      button.setAttribute('aria-label', `End: ${text}`);
      button.addEventListener('click', async () => {
        button.disabled = true;
        await kms.revokeGrant({ KeyId, GrantId });
        await listConsents(list, kms, { callers: [], keys });
      });
      item.append(`${text} `, button);
      items.push(item);
    }
  }
  list.replaceChildren(...items);
}
