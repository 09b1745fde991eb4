// What is at the other end of the port in the suite of hosts: a worker, or a frame of another origin, with keys in memory.
import { hostKms } from '../../dist/host/index.js';
import { memoryStore, openKms } from '../../dist/index.js';

const caller = new URLSearchParams(location.search).get('caller') ?? '';
hostKms(openKms({ store: memoryStore() }), {
  callers: [{ origin: caller, isAdministrator: true, rate: { perSecond: 1e9, burst: 1e9 } }],
});
