declare const module: WebAssembly.Module;
// biome-ignore lint/style/noDefaultExport: that is how a runtime hands over a .wasm file
export default module;
