// A worker of sweep_times.js, in Node and in a browser alike, behind what wasm-bindgen made of the example peer_wasm with --target
// no-modules. It is told a workload, lays it out, and then runs ranges of its columns.

const inNode = typeof require === "function";
const port = inNode ? require("node:worker_threads").parentPort : self;
const hear = (take) => (inNode ? port.on("message", take) : port.addEventListener("message", (event) => take(event.data)));

let sweep;
hear(({ wasm, name, from, to }) => {
  if (wasm) {
    wasm_bindgen.initSync({ module: wasm });
    sweep = new wasm_bindgen.Sweep(name);
    port.postMessage({ columns: sweep.columns() });
  } else {
    port.postMessage({ trades: sweep.skip(from, to) });
  }
});
