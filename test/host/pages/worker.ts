// A dedicated or shared worker that keeps the keys. The name of the worker says what it does.
import { hostKms } from '../../../src/host/index.ts';
import { openKms } from '../../../src/index.ts';

const [name = 'worker', mode = ''] = (globalThis as unknown as { name: string }).name.split(' ');

if (mode === 'throws') throw new Error('at the start');
// `late`: the page knocks before anybody listens.
if (mode === 'late') await new Promise((resolve) => setTimeout(resolve, 300));
hostKms(openKms({ name }), {
  callers: [{ origin: mode === 'stranger' ? 'https://elsewhere.example' : globalThis.origin, isAdministrator: true }],
});
// A worker that never comes back.
addEventListener('message', ({ data }) => {
  while (data === 'hang');
});
