// Files: dropped anywhere on the page, or chosen with the button.
import { h } from './dom.ts';
import { icon } from './icons.ts';

export function dropZone(add: (files: readonly File[]) => void): HTMLElement {
  const input = h('input', {
    id: 'files',
    type: 'file',
    multiple: true,
    class: 'hidden',
    onchange() {
      add([...(input.files ?? [])]);
      // The same file can be chosen again.
      input.value = '';
    },
  });
  const zone = h(
    'div',
    { class: 'drop' },
    input,
    h(
      'label',
      { for: 'files' },
      icon('drop'),
      h('strong', {}, 'Choose files'),
      h('span', {}, 'or drop them anywhere. Gigabytes are fine: they are encrypted piece by piece.'),
    ),
  );
  const isFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  document.addEventListener('dragover', (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    zone.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) zone.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    zone.classList.remove('over');
    if (!isFiles(event)) return;
    event.preventDefault();
    if (!input.matches(':disabled')) add([...(event.dataTransfer?.files ?? [])]);
  });
  return zone;
}
