/** Saved searches of Logs Insights, over the logs of all four functions; a person fills in the id. */
export const savedQueries = {
  "What went wrong": `fields @timestamp, service, message, error, at
| filter level in ["ERROR", "WARN"] and ispresent(message)
| sort @timestamp desc
| limit 200`,
  "Errors by kind, per hour": `filter level = "ERROR" and ispresent(message)
| stats count(*) as times by message, error, bin(1h)
| sort times desc`,
  "One account": `fields @timestamp, service, message, runId, code, error
| filter accountId = "acc_"
| sort @timestamp desc
| limit 500`,
  "One conversation": `fields @timestamp, service, message, jobId, runId, code, error
| filter conversationId = "cnv_"
| sort @timestamp desc
| limit 500`,
  "One run": `fields @timestamp, service, message, class, row, code, error
| filter runId = "run_"
| sort @timestamp asc`,
  "How Hermes failed": `filter message = "hermes.failed"
| stats count(*) as times by class, row, bin(5m)`,
  "What WeChat refused": `filter message in ["send.not_accepted", "poll.failed"]
| stats count(*) as times by message, code, error, bin(1h)`,
} as const;
