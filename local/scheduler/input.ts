export type FiringFacts = {
  scheduleArn: string;
  scheduledAt: Date;
  executionId: string;
  attempt: number;
};

/** Puts in Scheduler's context attributes, `<aws.scheduler.scheduled-time>` and its like. */
export function renderInput(input: string, facts: FiringFacts): string {
  const attributes: Readonly<Record<string, string>> = {
    "schedule-arn": facts.scheduleArn,
    "scheduled-time": facts.scheduledAt.toISOString().replace(/\.\d+Z$/, "Z"),
    "execution-id": facts.executionId,
    "attempt-number": `${facts.attempt}`,
  };
  return input.replace(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (whole, name: string) => attributes[name] ?? whole,
  );
}
