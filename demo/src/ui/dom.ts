// Elements, made once and then brought up to date: focus, selection and what is being typed stay where they are.

type Attribute = string | number | boolean | undefined | ((event: never) => void);
export type Child = Node | string | undefined;

/** A part of the page: drawn once, updated with each new value. */
export interface View<T> {
  readonly element: HTMLElement;
  update(value: T): void;
}

/** Makes an element. Functions become listeners (`onclick`), booleans attributes that are there or not. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Sets a text only where it changed, so that live regions do not speak twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Keeps one view for each item, in order. */
export function keyed<T>(
  parent: HTMLElement,
  idOf: (item: T) => string,
  make: (item: T) => View<T>,
): (items: readonly T[]) => void {
  let views = new Map<string, View<T>>();
  return (items) => {
    const next = new Map<string, View<T>>();
    for (const item of items) {
      const id = idOf(item);
      const view = views.get(id) ?? make(item);
      view.update(item);
      next.set(id, view);
    }
    for (const [id, view] of views) if (!next.has(id)) view.element.remove();
    let at = parent.firstElementChild;
    for (const { element } of next.values()) {
      if (element === at) at = at.nextElementSibling;
      else parent.insertBefore(element, at);
    }
    views = next;
  };
}
