// Line icons, drawn here because the page's policy loads nothing from elsewhere.
const namespace = 'http://www.w3.org/2000/svg';

const paths = {
  key: 'M7.500 8.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 1 0 0-7zM11 12h10.500m-3.500 0v3.500',
  note: 'M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h5',
  file: 'M6 3h9l4 4v14H6zM15 3v4h4',
  image: 'M4 5h16v14H4zM8.500 10a1 1 0 1 0 0-.010M4 17l5-4 4 3 3-2 4 3',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  drop: 'M12 4v11m0 0-4-4m4 4 4-4M4 17v3h16v-3',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  wave: 'M3 15c2.300 0 2.300 2 4.500 2s2.300-2 4.500-2 2.300 2 4.500 2 2.300-2 4.500-2M3 9c2.300 0 2.300 2 4.500 2S9.800 9 12 9s2.300 2 4.500 2S18.800 9 21 9',
} as const;

export type IconName = keyof typeof paths;

/** Decoration only: what it says stands beside it as text. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
