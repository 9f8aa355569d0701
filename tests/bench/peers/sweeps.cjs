// Times sweeps in Node: node sweeps.cjs FOLDER, where FOLDER has what wasm-bindgen made of the example peer_wasm with --target no-modules.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Worker } = require("node:worker_threads");
const vm = require("node:vm");

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("usage: node sweeps.cjs FOLDER");
const beside = (name) => readFileSync(join(__dirname, name), "utf8");
const source = readFileSync(join(folder, "peer_wasm.js"), "utf8") + beside("sweep_worker.js");
const wasm = readFileSync(join(folder, "peer_wasm_bg.wasm"));

function start() {
  const worker = new Worker(source, { eval: true });
  return {
    post: (message) => worker.postMessage(message),
    hear: (take) => worker.once("message", take),
    end: () => worker.terminate(),
  };
}

vm.runInThisContext(beside("sweep_times.js"));
sweepTimes(start, wasm, ["dense", "long", "wide"]).then((times) => {
  for (const [name, by] of Object.entries(times)) {
    for (const [workers, { milliseconds, orders }] of Object.entries(by)) {
      console.log(`${name} in Node ${process.version}, ${workers} worker(s): ${milliseconds.toFixed(2)} ms, ${orders} orders`);
    }
  }
});
