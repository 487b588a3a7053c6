import { HermesInstallError, prepareHermes } from "#test/hermes/install-hermes.ts";

/** The first step of `npm run test:hermes`: installs the real Hermes once, or says why it cannot. */
try {
  await prepareHermes({ log: (line) => process.stdout.write(`${line}\n`) });
} catch (error) {
  if (!(error instanceof HermesInstallError)) throw error;
  process.stderr.write(`${error.message}\n${whyOf(error)}`);
  process.exitCode = 1;
}

function whyOf({ cause }: HermesInstallError): string {
  return cause instanceof Error ? `\n${cause.message}\n` : "";
}
