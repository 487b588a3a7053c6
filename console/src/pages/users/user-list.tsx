import { ActionIcon, Anchor, Button, Group, Menu, Modal, Select, Title } from "@mantine/core";
import { IconDots, IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { answerOf, api, listOf } from "#console/client/api.ts";
import { roles, useMe, type Role } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { useRoleName } from "#console/parts/role-name.ts";
import { StatusBadge } from "#console/parts/status-badge.tsx";
import { editRows, type Kept } from "#console/parts/edit-rows.ts";
import { RelativeTime, useTimeWords } from "#console/parts/time.tsx";
import { partTexts } from "#console/parts/texts.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { rowsOf, useLiveList, type Asked } from "#console/parts/use-live-list.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { EditLabels } from "./edit-labels.tsx";
import { InviteUser } from "./invite-user.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { userTexts } from "./texts.ts";
import { isGood, TokenLines } from "./token-lines.tsx";

const usersKey = ["users"] as const;

function readUsers(query: { q?: string } & Asked) {
  return listOf(answerOf(api.users.$get({ query })));
}
type User = Awaited<ReturnType<typeof readUsers>>["items"][number];
type Change = { role?: Role; disabled?: boolean };

function changed(user: User, { role, disabled }: Change): User {
  const state = disabled === undefined ? user.state : disabled ? "disabled" : "active";
  return { ...user, state, role: role ?? user.role };
}

/** Links are made for the address at which the console is open. */
export function linkOf({ url, secret }: { url: string | null; secret: string }): string {
  return url ?? `${location.origin}/welcome#${secret}`;
}

/** Who may sign in, with which rights. */
export function UserList() {
  const t = useTexts(userTexts);
  const part = useTexts(partTexts);
  const roleName = useRoleName();
  const words = useTimeWords();
  const me = useMe().data;
  const toasts = useToasts();
  const confirm = useConfirm();
  const [isInviting, setInviting] = useState(false);
  const [labelling, setLabelling] = useState<User | null>(null);
  const [tokensOf, setTokensOf] = useState<string | null>(null);
  const [link, setLink] = useState<{ name: string; value: string; until: string } | null>(null);
  const { values, set, clear, active } = useFilters(["q"]);
  const list = useLiveList({
    key: [...usersKey, values],
    read: (asked) => readUsers({ ...values, ...asked }),
    tellsChanges: true,
    everyMs: 30_000,
  });
  const holder = list.items.find(({ _id }) => _id === tokensOf);
  const renews = [usersKey, ["me"], ["tokens"]];
  const onDone = () => toasts.done(t("done"));
  const change = useOptimistic({
    change: ({ user, json }: { user: User; json: Change }) =>
      answerOf(api.users[":id"].$put({ param: { id: user._id }, json })),
    show: {
      key: usersKey,
      apply: (kept: Kept<User>, { user, json }) =>
        editRows(kept, (row) => (row._id === user._id ? changed(row, json) : row)),
    },
    renews,
    onDone,
  });
  const endSessions = useOptimistic({
    change: (user: User) =>
      answerOf(api.users[":id"]["end-sessions"].$post({ param: { id: user._id } })),
    renews,
    onDone,
  });
  const reset = useOptimistic({
    change: (user: User) =>
      answerOf(api.users[":id"]["reset-link"].$post({ param: { id: user._id } })),
    renews,
    onDone: (made) => showLink(made),
  });
  const showLink = (made: {
    user: { name: string };
    url: string | null;
    secret: string;
    expiresAt: string;
  }) => setLink({ name: made.user.name, value: linkOf(made), until: made.expiresAt });
  const disable = async (user: User) => {
    const question = {
      title: t("disableAsk", { name: user.name }),
      text: t("disableText"),
      confirm: t("disable"),
      danger: true,
    };
    if (await confirm(question)) change.mutate({ user, json: { disabled: true } });
  };
  /** Whoever takes rights from themselves cannot give them back. */
  const changeRole = async (user: User, role: Role) => {
    const question = {
      title: t("ownRoleAsk", { role: roleName(role) }),
      text: t("ownRoleText"),
      confirm: t("ownRoleDo"),
      danger: true,
    };
    if (user._id !== me?.userId || (await confirm(question))) {
      change.mutate({ user, json: { role } });
    }
  };
  const columns: Column<User>[] = [
    { id: "name", header: t("name"), width: "minmax(130px, 1.4fr)", cell: ({ name }) => name },
    {
      id: "role",
      header: t("role"),
      width: "150px",
      cell: (user) => (
        <Select
          size="xs"
          aria-label={t("roleOf", { name: user.name })}
          data={roles.map((value) => ({ value, label: roleName(value) }))}
          value={user.role}
          allowDeselect={false}
          onChange={(value) => {
            const role = roles.find((each) => each === value);
            if (role && role !== user.role) void changeRole(user, role);
          }}
        />
      ),
    },
    {
      id: "labels",
      header: t("labels"),
      width: "minmax(110px, 1fr)",
      cell: ({ labels }) => labels?.join(", ") ?? t("allLabels"),
      wideOnly: true,
    },
    {
      id: "tokens",
      header: t("tokenCount"),
      width: "80px",
      align: "right",
      cell: (user) => {
        const n = user.tokens.filter(isGood).length;
        if (n === 0) return "0";
        return (
          <Anchor
            component="button"
            type="button"
            size="sm"
            aria-label={t("tokensOf", { name: user.name })}
            onClick={() => setTokensOf(user._id)}
          >
            {n}
          </Anchor>
        );
      },
      wideOnly: true,
    },
    {
      id: "state",
      header: t("state"),
      width: "110px",
      cell: ({ state }) => <StatusBadge status={state} />,
    },
    {
      id: "seen",
      header: t("lastSeen"),
      cell: ({ lastSeenAt }) => <RelativeTime at={lastSeenAt} />,
      isNamed: true,
    },
    {
      id: "actions",
      header: t("actions"),
      width: "90px",
      cell: (user) => (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("actionsFor", { name: user.name })}
            >
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setLabelling(user)}>{t("editLabels")}</Menu.Item>
            <Menu.Item onClick={() => reset.mutate(user)}>{t("resetLink")}</Menu.Item>
            <Menu.Item onClick={() => endSessions.mutate(user)}>{t("endSessions")}</Menu.Item>
            {user.state === "disabled" ? (
              <Menu.Item onClick={() => change.mutate({ user, json: { disabled: false } })}>
                {t("enable")}
              </Menu.Item>
            ) : (
              <Menu.Item c="var(--mantine-color-error)" onClick={() => void disable(user)}>
                {t("disable")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      ),
    },
  ];
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h5">
          {t("users")}
        </Title>
        <FilterBar {...(active ? { onClear: clear } : {})}>
          <SearchFilter
            value={values.q ?? ""}
            onChange={(q) => set("q", q)}
            placeholder={t("search")}
          />
        </FilterBar>
        <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
          {t("invite")}
        </Button>
      </Group>
      <DataTable
        label={t("users")}
        columns={columns}
        {...rowsOf(list)}
        nameOf={({ name }) => name}
        empty={
          active ? (
            <EmptyNoMatch onClear={clear} />
          ) : (
            <EmptyFirstUse icon={IconUsers} title={t("users")} />
          )
        }
      />
      {isInviting && (
        <InviteUser
          onClose={() => setInviting(false)}
          onMade={(made) => {
            setInviting(false);
            showLink(made);
          }}
          renews={renews}
        />
      )}
      <Modal
        opened={tokensOf !== null}
        onClose={() => setTokensOf(null)}
        title={t("tokensOf", { name: holder?.name ?? "" })}
        closeButtonProps={{ "aria-label": part("close") }}
      >
        {holder && <TokenLines tokens={holder.tokens} renews={renews} />}
      </Modal>
      {labelling && (
        <EditLabels user={labelling} renews={renews} onClose={() => setLabelling(null)} />
      )}
      {link && (
        <ShownOnce
          title={t("linkTitle", { name: link.name })}
          hint={t("linkHint", { until: words.absolute(link.until) })}
          value={link.value}
          onClose={() => setLink(null)}
        />
      )}
    </section>
  );
}
