// The page that end-to-end tests open: the library, and what tests run in it, under one global.
import { indexedDbStore, openKms } from '../../src/index.ts';
import { hammer } from './hammer.ts';
import { checkAll, createOnAndOn, deleteOnAndOn } from './power.ts';
import * as records from './records.ts';

const api = { openKms, indexedDbStore, hammer, checkAll, createOnAndOn, deleteOnAndOn, records };

declare global {
  var keyhaven: PageApi;
}
export type PageApi = typeof api;

globalThis.keyhaven = api;
