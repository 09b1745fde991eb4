// The page that end-to-end tests of unlocking open: the library and its methods under one global.
import * as keyhaven from '../../../src/index.ts';
import * as unlock from '../../../src/unlock/index.ts';
import { changeOnAndOn, look } from './changes.ts';

const api = { ...keyhaven, ...unlock, changeOnAndOn, look };

declare global {
  var vault: UnlockPageApi;
}
export type UnlockPageApi = typeof api;

globalThis.vault = api;
