import { Command, CommanderError } from "commander";
import { addBotCommands } from "./bots.ts";
import { FindingsError, HubRefusedError, HubUnreachableError, UsageError } from "./connection.ts";
import { addCostCommand } from "./cost.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addPolicyCommands } from "./policies.ts";
import { addReviewCommands } from "./reviews.ts";
import { addRunCommands } from "./runs.ts";
import type { GlobalOptions, Session } from "./session.ts";
import { addTailCommand } from "./tail.ts";

const exitCodes = `
Exit codes: 0 done, 1 the hub refused, 2 mistyped, 3 not allowed, 4 no hub answers,
5 the doctor found something wrong.
The hub is named by --url or HUB_URL, the token by --token or HUB_TOKEN.`;

/** The `hub` command line; `open` makes a session from the global options. */
export function hubProgram(open: (options: GlobalOptions) => Session): Command {
  const program = new Command("hub")
    .description("The WeChat ClawBot Hub from a terminal.")
    .option("--url <url>", "where the hub's api answers")
    .option("--token <token>", "an API token")
    .option("--json", "write JSON for programs", false)
    .addHelpText("after", exitCodes)
    .exitOverride();
  const openNow = () => open(program.opts<GlobalOptions>());
  addBotCommands(program, openNow);
  addRunCommands(program, openNow);
  addReviewCommands(program, openNow);
  addPolicyCommands(program, openNow);
  addCostCommand(program, openNow);
  addDoctorCommand(program, openNow);
  addTailCommand(program, openNow);
  return program;
}

/** Runs one command line; gives the exit code, having said what went wrong. */
export async function runHub(
  args: readonly string[],
  open: (options: GlobalOptions) => Session,
  complain: (line: string) => void,
): Promise<number> {
  try {
    await hubProgram(open).parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isKnown =
      error instanceof HubRefusedError ||
      error instanceof HubUnreachableError ||
      error instanceof UsageError ||
      error instanceof FindingsError;
    if (!isKnown) throw error;
    complain(error.message);
    return error.exitCode;
  }
}
