import {
  IconActivity,
  IconAdjustments,
  IconChecks,
  IconHistory,
  IconHome,
  IconInbox,
  IconMessageCheck,
  IconPlugConnected,
  IconRobot,
  IconRoute,
  IconSend,
  IconSettings,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import type { Role } from "#console/client/me.ts";
import type { frameTexts } from "./texts.ts";

export type Place = {
  path: string;
  text: keyof typeof frameTexts;
  icon: Icon;
  needs: Role;
  /** Pressed after `g`. */
  key: string;
  group: "work" | "fleet" | "control";
};

/** Every page of the menu, in its order. */
export const places: readonly Place[] = [
  { path: "/", text: "overview", icon: IconHome, needs: "viewer", key: "o", group: "work" },
  { path: "/inbox", text: "inbox", icon: IconInbox, needs: "viewer", key: "i", group: "work" },
  {
    path: "/review",
    text: "review",
    icon: IconMessageCheck,
    needs: "reviewer",
    key: "r",
    group: "work",
  },
  {
    path: "/approvals",
    text: "approvals",
    icon: IconChecks,
    needs: "operator",
    key: "v",
    group: "work",
  },
  { path: "/bots", text: "bots", icon: IconRobot, needs: "viewer", key: "b", group: "fleet" },
  { path: "/runs", text: "runs", icon: IconActivity, needs: "viewer", key: "a", group: "fleet" },
  {
    path: "/delivery",
    text: "delivery",
    icon: IconSend,
    needs: "viewer",
    key: "d",
    group: "fleet",
  },
  {
    path: "/hermes",
    text: "hermes",
    icon: IconPlugConnected,
    needs: "viewer",
    key: "h",
    group: "fleet",
  },
  {
    path: "/policies",
    text: "policies",
    icon: IconRoute,
    needs: "viewer",
    key: "p",
    group: "fleet",
  },
  { path: "/users", text: "users", icon: IconUsers, needs: "viewer", key: "u", group: "control" },
  { path: "/audit", text: "audit", icon: IconHistory, needs: "owner", key: "l", group: "control" },
  {
    path: "/settings",
    text: "settings",
    icon: IconSettings,
    needs: "viewer",
    key: "s",
    group: "control",
  },
];

export const moreIcon = IconAdjustments;
