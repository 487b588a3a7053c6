import { Page } from "#console/parts/page.tsx";
import { useMay } from "#console/client/me.ts";
import { useTexts } from "#console/texts/texts.ts";
import { userTexts } from "./texts.ts";
import { Tokens } from "./tokens.tsx";
import { UserList } from "./user-list.tsx";

/** Everybody's own tokens and, for owners, who may sign in. */
export default function Users() {
  const t = useTexts(userTexts);
  const isOwner = useMay("owner");
  return (
    <Page title={t("title")}>
      {isOwner && <UserList />}
      <Tokens />
    </Page>
  );
}
