import type { Fault } from "./faults.ts";

/** What can be wrong with settings, database, queue, schedules and bots. */
export const groundFaults = {
  settings_wrong: {
    cause: "A function that reads these settings stops at its start.",
    cure: "Write the setting as the line says; .env.example explains each.",
  },
  database_address: {
    cause: "MONGODB_URI cannot be read, or its host name is not known.",
    cure: "Copy the address anew; percent-encode special characters of the password.",
  },
  database_unreachable: {
    cause: "No database answers there.",
    cure: "Start it (docker compose up -d mongodb); on Atlas, allow this machine's IP address.",
  },
  database_sign_in: {
    cause: "The database does not accept user or password.",
    cure: "Check both in MONGODB_URI; percent-encode special characters of the password.",
  },
  database_no_write: {
    cause: "The database lets this user read but not write.",
    cure: "Give the user the role readWrite on MONGODB_DATABASE.",
  },
  database_not_migrated: {
    cause: "The database is older than this release; its functions will not start.",
    cure: "Run npm run db:migrate.",
  },
  database_index_missing: {
    cause: "Declared indexes are missing or differ: answers may come twice, or late.",
    cure: "Run npm run db:migrate; drop an index that differs first.",
  },
  database_other: {
    cause: "The database refused what was asked of it.",
    cure: "Look at the database's log.",
  },
  aws_unreachable: {
    cause: "The AWS endpoint does not answer.",
    cure: "Check the network and AWS_ENDPOINT_URL_SQS / AWS_ENDPOINT_URL_SCHEDULER; is npm run dev up?",
  },
  aws_sign_in: {
    cause: "AWS does not know who asks: no credentials, or expired ones.",
    cure: "Sign in again (aws sso login) or set AWS_PROFILE; set AWS_REGION to the stage's region.",
  },
  aws_right_missing: {
    cause: "These AWS credentials may not look at it.",
    cure: "Use credentials with sqs:GetQueueAttributes and scheduler:ListSchedules.",
  },
  aws_other: {
    cause: "AWS refused the request.",
    cure: "Look the named error up in the service's documentation.",
  },
  queue_missing: {
    cause: "There is no queue at this address.",
    cure: "Take the address from the deployment's output, of the same stage and region.",
  },
  queue_not_fifo: {
    cause: "The queue is not FIFO: one conversation's answers would overtake each other.",
    cure: "Use the queue that the deployment makes; its name ends in .fifo.",
  },
  queue_visibility_short: {
    cause: "A job becomes visible again while the agent Lambda may still be at work on it.",
    cure: "Raise the queue's visibility timeout above the agent's timeout; infra/figures.ts has both.",
  },
  queue_without_dead_letters: {
    cause: "What fails too often would go round until it is deleted unseen.",
    cure: "Give the agent queue a redrive policy to DEAD_LETTER_QUEUE_URL's queue.",
  },
  schedule_group_missing: {
    cause: "The group that the accounts' schedules are in does not exist.",
    cure: "Deploy the stage, or set SCHEDULE_GROUP to the group that it made.",
  },
  no_bot_approved: {
    cause: "No bot account is approved; only approved ones reach Hermes.",
    cure: "Scan its QR code, then Approve it (POST /api/accounts/$ID/approve).",
  },
  polling_not_started: {
    cause: "No approved bot is being polled, so no message comes in.",
    cure: "Start Polling (POST /api/accounts/$ID/start-polling).",
  },
  polling_silent: {
    cause: "A bot that should be polled was not: the hub does not run, or its poll Lambda fails.",
    cure: "Start the hub (npm run dev, or deploy); look at the log of the poll Lambda.",
  },
  runs_not_retried: {
    cause: "Messages wait in retry_pending and nobody tries them again.",
    cure: "Start the hub; look at the log of the retry Lambda, which runs each minute.",
  },
  runs_in_error: {
    cause: "Messages ended in error within the last day; their contacts were told so.",
    cure: "Read the error field of these agent_runs: it names a row of core/hermes/failure-table.ts.",
  },
} satisfies Record<string, Fault>;
