// Stores, and the port that one of your own has to satisfy.
export { type IndexedDbOptions, indexedDbStore } from './indexeddb.ts';
export { memoryStore } from './memory.ts';
export type { Check, Delete, Durability, ListOptions, Put, Ref, Row, Store, Witness, Write } from './port.ts';
