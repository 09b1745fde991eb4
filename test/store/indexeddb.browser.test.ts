import { indexedDbStore } from '../../src/index.ts';
import { uniqueName } from '../support/kms.ts';
import { describeStore } from './conformance.ts';
import { describeFaults, faultyPort } from './faulty.ts';

describeStore('IndexedDB', {
  create: () => {
    const name = uniqueName();
    return { store: indexedDbStore(name), reopen: () => indexedDbStore(name) };
  },
});

describeFaults(
  'IndexedDB',
  () => {
    const name = uniqueName();
    return { create: ({ fault }) => faultyPort(indexedDbStore(name), fault), healthy: () => indexedDbStore(name) };
  },
  { every: 11 },
);
