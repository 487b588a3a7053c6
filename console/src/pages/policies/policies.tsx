import { Anchor, Badge, Button, Drawer, Skeleton } from "@mantine/core";
import { IconPlus, IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Link, useLocation, useParams } from "wouter";
import { usePolicies } from "#console/client/accounts.ts";
import { useMayForAll } from "#console/client/me.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { Page } from "#console/parts/page.tsx";
import { usePolicyName } from "#console/parts/policy-name.ts";
import { partTexts } from "#console/parts/texts.ts";
import { wholeRowsOf } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { readPolicy } from "./read-policy.ts";
import { policyTexts } from "./texts.ts";

const EditPolicy = lazy(async () => ({ default: (await import("./edit-policy.tsx")).EditPolicy }));
const colors = { auto: "teal", "manual-review": "grape", off: "gray" } as const;

type Listed = NonNullable<ReturnType<typeof usePolicies>["data"]>["items"][number];

/** All policies; one opens beside the list, under an address of its own. */
export default function Policies() {
  const t = useTexts(policyTexts);
  const part = useTexts(partTexts);
  const mayEdit = useMayForAll("operator");
  const [, go] = useLocation();
  const { "*": opened } = useParams();
  const list = usePolicies();
  const nameOf = usePolicyName();
  const found = list.data?.items.find(({ _id }) => _id === opened);
  const close = () => go("/policies");
  const columns: Column<Listed>[] = [
    {
      id: "name",
      header: t("name"),
      width: "minmax(140px, 1.4fr)",
      cell: ({ _id, name: shown }) => (
        <Anchor component={Link} href={`/policies/${_id}`} size="sm" fw={550} c="inherit">
          {nameOf({ _id, name: shown })}
        </Anchor>
      ),
    },
    {
      id: "mode",
      header: t("mode"),
      width: "minmax(120px, 1fr)",
      cell: ({ mode }) => (
        <Badge variant="light" color={colors[mode]} radius="sm" className="status-badge">
          {t(mode)}
        </Badge>
      ),
    },
    {
      id: "hours",
      header: t("aloneWhen"),
      width: "minmax(130px, 1fr)",
      wideOnly: true,
      cell: ({ mode, hours }) =>
        mode !== "auto" ? "–" : hours ? `${hours.from}–${hours.to}` : t("always"),
    },
    {
      id: "memory",
      header: t("memory"),
      width: "minmax(160px, 1fr)",
      wideOnly: true,
      cell: ({ memory }) => t(memory),
    },
    {
      id: "bots",
      header: t("bots"),
      width: "100px",
      align: "right",
      isNamed: true,
      cell: ({ _id, accountCount }) =>
        accountCount === 0 ? (
          "0"
        ) : (
          <Anchor
            component={Link}
            href={`/bots?policyId=${_id}`}
            inherit
            aria-label={`${t("bots")}: ${accountCount}`}
          >
            {accountCount}
          </Anchor>
        ),
    },
  ];
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      actions={
        mayEdit && (
          <Button component={Link} href="/policies/new" leftSection={<IconPlus size={16} />}>
            {t("add")}
          </Button>
        )
      }
    >
      <DataTable
        label={t("title")}
        columns={columns}
        {...wholeRowsOf(list.data?.items ?? [], list)}
        nameOf={(policy) => policy.name}
        onOpen={({ _id }) => go(`/policies/${_id}`)}
        empty={<EmptyFirstUse icon={IconScale} title={t("empty")} />}
      />
      <Drawer
        opened={Boolean(opened)}
        onClose={close}
        position="right"
        size="lg"
        title={opened === "new" ? t("add") : t("edit", { name: found ? nameOf(found) : "" })}
        closeButtonProps={{ "aria-label": part("close") }}
      >
        <Suspense fallback={<Skeleton height={400} />}>
          {opened === "new" && <EditPolicy policy={null} onClose={close} />}
          {opened && opened !== "new" && <Opened key={opened} id={opened} onClose={close} />}
        </Suspense>
      </Drawer>
    </Page>
  );
}

function Opened({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["policy", id],
    queryFn: () => readPolicy(id),
    staleTime: 0,
    // What is being typed into the form stays, whatever others save; saving then tells of it.
    refetchOnWindowFocus: false,
  });
  if (error) return <ErrorBox error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={400} />;
  return <EditPolicy key={data.version} policy={data} onClose={onClose} />;
}
