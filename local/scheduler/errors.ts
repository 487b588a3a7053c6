const STATUS = {
  ValidationException: 400,
  ResourceNotFoundException: 404,
  ConflictException: 409,
} as const;

/** An error of Scheduler's API, by its own name. */
export class SchedulerError extends Error {
  readonly code: keyof typeof STATUS;
  readonly status: number;

  constructor(code: keyof typeof STATUS, message: string) {
    super(message);
    this.name = "SchedulerError";
    this.code = code;
    this.status = STATUS[code];
  }
}
