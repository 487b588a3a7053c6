import { Badge, type MantineColor } from "@mantine/core";
import { defineTexts, useTexts } from "#console/texts/texts.ts";

/** One word per state, the same in every list; keys are the api's own. */
export const statusTexts = defineTexts({
  pending_login: { en: "Waiting for scan", zh: "待扫码" },
  pending_approval: { en: "Waiting for approval", zh: "待审批" },
  approved: { en: "Approved", zh: "已批准" },
  suspended: { en: "Suspended", zh: "已暂停" },
  login_expired: { en: "Login expired", zh: "登录已失效" },
  retiring: { en: "Being cleaned up", zh: "清理中" },
  retired: { en: "Retired", zh: "已退役" },
  running: { en: "Running", zh: "进行中" },
  retry_pending: { en: "Waiting to retry", zh: "等待重试" },
  retrying: { en: "Retrying", zh: "重试中" },
  sending: { en: "Sending", zh: "发送中" },
  sent: { en: "Sent", zh: "已发送" },
  awaiting_review: { en: "Awaiting review", zh: "待审核" },
  parked: { en: "Parked", zh: "已挂起" },
  rejected: { en: "Rejected", zh: "已拒绝" },
  cancelled: { en: "Cancelled", zh: "已取消" },
  error: { en: "Error", zh: "出错" },
  unconfirmed: { en: "Unconfirmed", zh: "未确认" },
  dead: { en: "Dead", zh: "已失败" },
  invited: { en: "Invited", zh: "已邀请" },
  active: { en: "Active", zh: "正常" },
  disabled: { en: "Disabled", zh: "已停用" },
  waiting: { en: "Waiting", zh: "等待中" },
  open: { en: "Open", zh: "打开" },
  taken_over: { en: "Taken over", zh: "人工接管" },
});
export type Status = keyof typeof statusTexts;

const colors: Record<Status, MantineColor> = {
  pending_login: "gray",
  pending_approval: "orange",
  approved: "teal",
  suspended: "yellow",
  login_expired: "red",
  retiring: "gray",
  retired: "gray",
  running: "blue",
  retry_pending: "orange",
  retrying: "orange",
  sending: "blue",
  sent: "teal",
  awaiting_review: "grape",
  parked: "yellow",
  rejected: "gray",
  cancelled: "gray",
  error: "red",
  unconfirmed: "orange",
  dead: "red",
  invited: "blue",
  active: "teal",
  disabled: "gray",
  waiting: "orange",
  open: "teal",
  taken_over: "grape",
};

/** A state as a word with a colour; never by colour alone. */
export function StatusBadge({ status }: { status: Status }) {
  const t = useTexts(statusTexts);
  return (
    <Badge className="status-badge" color={colors[status]} variant="light" radius="sm">
      {t(status)}
    </Badge>
  );
}

export function useStatusName(): (status: Status) => string {
  return useTexts(statusTexts);
}
