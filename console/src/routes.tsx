import { Loader } from "@mantine/core";
import { lazy, Suspense, type ComponentType, type LazyExoticComponent } from "react";
import { Route, Switch } from "wouter";

type Loaded = LazyExoticComponent<ComponentType>;

/** Each page is a module of its own with a default export, read when it is first opened. */
const pages: readonly { path: string; page: Loaded }[] = [
  { path: "/", page: lazy(() => import("./pages/overview/overview.tsx")) },
  { path: "/bots", page: lazy(() => import("./pages/bots/bots.tsx")) },
  { path: "/bots/new", page: lazy(() => import("./pages/add-bot/add-bot.tsx")) },
  { path: "/bots/:id", page: lazy(() => import("./pages/bots/bot.tsx")) },
  { path: "/bots/:id/scan", page: lazy(() => import("./pages/add-bot/scan.tsx")) },
  { path: "/approvals", page: lazy(() => import("./pages/approvals/approvals.tsx")) },
  { path: "/inbox/*?", page: lazy(() => import("./pages/inbox/inbox.tsx")) },
  { path: "/review/*?", page: lazy(() => import("./pages/review/review.tsx")) },
  { path: "/runs/*?", page: lazy(() => import("./pages/runs/runs.tsx")) },
  { path: "/delivery/*?", page: lazy(() => import("./pages/delivery/delivery.tsx")) },
  { path: "/hermes/*?", page: lazy(() => import("./pages/hermes/hermes.tsx")) },
  { path: "/policies/*?", page: lazy(() => import("./pages/policies/policies.tsx")) },
  { path: "/users", page: lazy(() => import("./pages/users/users.tsx")) },
  { path: "/audit", page: lazy(() => import("./pages/audit/audit.tsx")) },
  { path: "/settings", page: lazy(() => import("./pages/settings/settings.tsx")) },
];

const Unknown = lazy(() => import("./frame/unknown.tsx"));

export function Routes() {
  return (
    <Suspense fallback={<Loader size="sm" m="xl" />}>
      <Switch>
        {pages.map(({ path, page }) => (
          <Route key={path} path={path} component={page} />
        ))}
        <Route component={Unknown} />
      </Switch>
    </Suspense>
  );
}
