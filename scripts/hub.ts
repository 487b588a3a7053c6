import { runHub } from "./hub/program.ts";
import { openSession } from "./hub/session.ts";

/** `npm run hub -- <command>`: the hub from a terminal; `--help` lists the commands. */
process.exitCode = await runHub(
  process.argv.slice(2),
  (options) => openSession(options, process.env),
  (line) => process.stderr.write(`${line}\n`),
);
