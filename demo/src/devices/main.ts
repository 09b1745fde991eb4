// A second device for the vault: a page of its own, because it alone speaks to a server, the relay. The vault's page connects to nothing.
import { newDevice } from './new-device.ts';
import { oldDevice } from './old-device.ts';

document.querySelector('#devices')?.append(oldDevice(), newDevice());
