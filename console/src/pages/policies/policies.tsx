import { Button, Drawer, Loader } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useParams } from "wouter";
import { usePolicies } from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { Page } from "#console/parts/page.tsx";
import { partTexts } from "#console/parts/texts.ts";
import { useTexts } from "#console/texts/texts.ts";
import { EditPolicy, readPolicy } from "./edit-policy.tsx";
import { policyTexts } from "./texts.ts";

type Listed = NonNullable<ReturnType<typeof usePolicies>["data"]>["items"][number];

/** All policies; one opens beside the list, under an address of its own. */
export default function Policies() {
  const t = useTexts(policyTexts);
  const part = useTexts(partTexts);
  const mayEdit = useMay("operator");
  const [, go] = useLocation();
  const { "*": opened } = useParams();
  const list = usePolicies();
  const name = list.data?.items.find(({ _id }) => _id === opened)?.name;
  const close = () => go("/policies");
  const columns: Column<Listed>[] = [
    { id: "name", header: t("name"), width: "minmax(140px, 2fr)", cell: (policy) => policy.name },
    { id: "mode", header: t("mode"), width: "minmax(130px, 1fr)", cell: ({ mode }) => t(mode) },
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
      cell: ({ accountCount }) => accountCount,
    },
  ];
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      actions={mayEdit && <Button onClick={() => go("/policies/new")}>{t("add")}</Button>}
    >
      <DataTable
        label={t("title")}
        columns={columns}
        rows={list.data?.items ?? []}
        nameOf={(policy) => policy.name}
        onOpen={({ _id }) => go(`/policies/${_id}`)}
        isLoading={list.isLoading}
        error={list.error}
        onRetry={() => void list.refetch()}
        hasMore={false}
        isLoadingMore={false}
        loadMore={() => undefined}
        empty={<EmptyFirstUse icon={IconScale} title={t("empty")} />}
      />
      <Drawer
        opened={Boolean(opened)}
        onClose={close}
        position="right"
        size="lg"
        title={opened === "new" ? t("add") : t("edit", { name: name ?? "" })}
        closeButtonProps={{ "aria-label": part("close") }}
      >
        {opened === "new" && <EditPolicy policy={null} onClose={close} />}
        {opened && opened !== "new" && <Opened key={opened} id={opened} onClose={close} />}
      </Drawer>
    </Page>
  );
}

function Opened({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["policy", id],
    queryFn: () => readPolicy(id),
    staleTime: 0,
  });
  if (error) return <ErrorBox error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loader size="sm" />;
  return <EditPolicy key={data.version} policy={data} onClose={onClose} />;
}
