// Asks when a key shall be deleted. There is no "now": a waiting period of 7 to 30 days is part of the service.
import type { KeyView } from '../state.ts';
import { showDialog } from './dialog.ts';
import { h } from './dom.ts';

export function deletionDialog(key: KeyView, schedule: (days: number) => Promise<boolean>, onClose: () => void): void {
  const days = h('input', {
    id: 'days',
    type: 'number',
    min: 7,
    max: 30,
    step: 1,
    value: 7,
    required: true,
    autocomplete: 'off',
  });
  showDialog({ title: `Delete ${key.name}?`, onClose }, (close) => [
    h(
      'p',
      {},
      'The key stops working now. After the waiting period it is gone, and everything under it can never be read again.',
    ),
    h(
      'form',
      {
        async onsubmit(event: SubmitEvent) {
          event.preventDefault();
          if (await schedule(days.valueAsNumber)) close();
        },
      },
      h('label', { for: 'days' }, 'Days to wait (7 to 30)'),
      days,
      h(
        'div',
        { class: 'row end' },
        h('button', { type: 'button', class: 'quiet', onclick: close }, 'Keep the key'),
        h('button', { type: 'submit', class: 'danger' }, 'Schedule deletion'),
      ),
    ),
  ]);
}
