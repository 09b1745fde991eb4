// The core on workerd, which compiles no WebAssembly at run time: there the import of a .wasm file is a compiled module.
import module from './core.wasm';

export function loadModule(): Promise<WebAssembly.Module> {
  return Promise.resolve(module);
}
