import { memoryStore } from '../../src/index.ts';
import { describeStore } from './conformance.ts';

describeStore('memory', {
  create: () => {
    const store = memoryStore();
    return { store, reopen: () => store };
  },
});
