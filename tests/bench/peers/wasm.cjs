// Times the rule of peers.py in WASM: node wasm.cjs MODULE BARS.csv, where MODULE is what wasm-bindgen made of the example
// peer_wasm with --target nodejs. Prints what the native example prints.

const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");
const { performance } = require("node:perf_hooks");

const RUNS = 200;
const [module_path, bars] = process.argv.slice(2);
if (!bars) throw new Error("usage: node wasm.cjs MODULE BARS.csv");
const { Peer } = require(resolve(module_path));
const peer = new Peer(readFileSync(bars, "utf8"));

function median(run) {
  const seconds = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    const start = performance.now();
    run();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.sort((a, b) => a - b)[RUNS / 2];
}

console.log(`${peer.trades_as_backtesting_py()} trades`);
const seconds = {
  "atrium WASM, every metric and both digests": median(() => peer.whole()),
  "atrium WASM, run alone": median(() => peer.alone()),
  "atrium WASM by walking, every metric and both digests": median(() => peer.whole_by_walking()),
};
console.log(JSON.stringify(seconds));
