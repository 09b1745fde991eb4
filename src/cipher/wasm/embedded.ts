// The core everywhere else: browsers, Node, Deno, Bun. It travels as base64 in a module of its own, because no way of
// fetching a file beside a module works in all of them and through all bundlers.
import { wasmBase64 } from './bytes.ts';

export function loadModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(Uint8Array.from(atob(wasmBase64), (character) => character.charCodeAt(0)));
}
