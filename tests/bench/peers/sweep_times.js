// Times the workloads of the example `sweep` in WASM, with one and two workers, each with bars of its own. The page or Node says how a worker
// is started: start() gives { post, hear, end }.

async function sweepTimes(start, wasm, names) {
  const ROUNDS = { dense: 60, long: 60, wide: 2 };
  const answer = (worker) => new Promise((resolve) => worker.hear(resolve));
  const times = {};
  for (const name of names) {
    times[name] = {};
    for (const count of [1, 2]) {
      const workers = Array.from({ length: count }, start);
      const laid = await Promise.all(
        workers.map((worker) => {
          const told = answer(worker);
          worker.post({ wasm, name });
          return told;
        }),
      );
      const { columns } = laid[0];
      const edges = workers.map((_, at) => Math.round((columns * at) / count)).concat(columns);
      let best = Infinity;
      let trades = 0;
      // one round more, in which the code is compiled at its best
      for (let round = 0; round <= ROUNDS[name]; round += 1) {
        const begun = performance.now();
        const ran = workers.map((worker, at) => {
          const told = answer(worker);
          worker.post({ from: edges[at], to: edges[at + 1] });
          return told;
        });
        trades = (await Promise.all(ran)).reduce((sum, told) => sum + told.trades, 0);
        best = Math.min(best, performance.now() - begun);
      }
      workers.forEach((worker) => worker.end());
      times[name][count] = { milliseconds: best, orders: 2 * trades };
    }
  }
  return times;
}
