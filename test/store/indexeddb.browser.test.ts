import { indexedDbStore } from '../../src/index.ts';
import { uniqueName } from '../support/kms.ts';
import { describeStore } from './conformance.ts';

describeStore('IndexedDB', {
  create: () => {
    const name = uniqueName();
    return { store: indexedDbStore(name), reopen: () => indexedDbStore(name) };
  },
});
