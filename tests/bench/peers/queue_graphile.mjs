// graphile-worker, batched: jobs fetched LOCAL_QUEUE at a time, completions gathered.
// node queue_graphile.mjs fill|drain DATABASE_URL PAYLOAD_FILE COUNT|LOCAL_QUEUE SECONDS
import { readFileSync } from "node:fs";
import { once } from "node:events";
import pg from "pg";
import { Logger, run, runMigrations } from "graphile-worker";

const [mode, connectionString, payloadFile, number, seconds] = process.argv.slice(2);
const IDLE_MS = 200;
const CHUNK = 5_000;
const silent = new Logger(() => () => {});
const pgPool = new pg.Pool({ connectionString, max: 10 });
pgPool.on("error", () => {});
pgPool.on("connect", (client) => client.on("error", () => {}));

if (mode === "fill") {
  await runMigrations({ pgPool, logger: silent });
  const payload = readFileSync(payloadFile, "utf8");
  for (let left = Number(number); left > 0; left -= CHUNK) {
    await pgPool.query(
      `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
         SELECT ROW('noop', $1::json, NULL, NULL, NULL, NULL, NULL, NULL)::graphile_worker.job_spec
         FROM generate_series(1, $2::integer)))`,
      [payload, Math.min(left, CHUNK)],
    );
  }
  await pgPool.end();
} else {
  await Promise.all(Array.from({ length: 4 }, () => pgPool.query("SELECT pg_sleep(0.01)")));
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  let jobs = 0;
  let started = 0;
  let ended = 0;
  const noop = () => {
    ended = now();
    started ||= ended;
    jobs += 1;
  };
  console.log("ready");
  await once(process.stdin, "data");
  const deadline = now() + Number(seconds);
  const runner = await run({
    pgPool,
    taskList: { noop },
    preset: {
      worker: {
        logger: silent,
        concurrentJobs: 24,
        pollInterval: 50,
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        localQueue: { size: Number(number), refetchDelay: { durationMs: 10 } },
        maxPoolSize: 10,
      },
    },
    noHandleSignals: true,
  });
  let seen = -1;
  while (now() < deadline && (seen !== jobs || jobs === 0)) {
    seen = jobs;
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  }
  await runner.stop();
  console.log(JSON.stringify({ jobs, started, ended }));
  await once(process.stdin, "end");
  process.exit(0);
}
