// The suite that harness/chromium.ts puts in the bundle under this name.
declare module 'bench:suite' {
  const suite: import('./suite.ts').Suite;
  export default suite;
}
