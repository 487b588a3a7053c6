import { type ChildProcess, spawn } from "node:child_process";

export type ChildGuard = {
  /** Kills this child with SIGKILL should our own process end in any way, a SIGKILL included. */
  watch: (child: ChildProcess) => void;
  /** Removes this folder then, once the children are dead. */
  removeFolder: (folder: string) => void;
};

/**
 * One small shell per process. It reads pids from a pipe and, when the pipe ends, kills what is
 * left. An exit handler would not run when we are killed ourselves, and a child that is stopped
 * (SIGSTOP) cannot notice by itself that its parent has gone.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids=" "
folders=""
while read -r what value; do
  case "$what" in
    add) pids="$pids$value " ;;
    gone) pids="\${pids%% $value *} \${pids#* $value }" ;;
    folder) folders="$folders$value
" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
printf '%s' "$folders" | while read -r folder; do /bin/rm -rf -- "$folder"; done
`;

let guard: ChildGuard | undefined;

/** The guard of this process; its shell starts with the first call. */
export function childGuard(): ChildGuard {
  guard ??= startGuard();
  return guard;
}

function startGuard(): ChildGuard {
  // Detached, so that Ctrl-C in the terminal reaches us but not the shell.
  const shell = spawn("/bin/sh", ["-c", SCRIPT], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: {},
  });
  shell.unref();
  const { stdin } = shell;
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  shell.once("exit", () => {
    guard = undefined;
  });
  // The shell's end is seen by its exit; a write that crosses it has nothing to add.
  stdin.on("error", () => undefined);
  return {
    watch(child) {
      const { pid } = child;
      if (pid === undefined) return;
      stdin.write(`add ${pid}\n`);
      child.once("exit", () => stdin.write(`gone ${pid}\n`));
    },
    removeFolder: (folder) => void stdin.write(`folder ${folder}\n`),
  };
}
