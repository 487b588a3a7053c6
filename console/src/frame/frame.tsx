import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  Kbd,
  Menu,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSearch,
  IconSun,
  IconUserCircle,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { ApiError } from "#console/client/api-error.ts";
import { answerOf, api } from "#console/client/api.ts";
import { meKey, useMe } from "#console/client/me.ts";
import { forgetAllWords } from "#console/parts/kept-words.ts";
import { NewBuildBanner } from "#console/parts/new-build-banner.tsx";
import { OfflineBanner } from "#console/parts/offline-banner.tsx";
import { useRoleName } from "#console/parts/role-name.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { moreIcon as MoreIcon, type Place } from "./navigation.ts";
import { frameTexts } from "./texts.ts";
import { useKeptLanguage } from "./use-kept-language.ts";
import { useKeys } from "./use-keys.ts";
import { usePlaces } from "./use-places.ts";

const KeyboardHelp = lazy(() => import("./keyboard-help.tsx"));

const quickPaths = ["/review", "/inbox", "/"];

/** Menu, top bar and, on a phone, the bottom bar around every page. */
export function Frame({ children, onFind }: { children: ReactNode; onFind: () => void }) {
  const t = useTexts(frameTexts);
  const [isMenuOpen, menu] = useDisclosure();
  const [isHelpOpen, help] = useDisclosure();
  const [isHelpWanted, setHelpWanted] = useState(false);
  const openHelp = () => {
    setHelpWanted(true);
    help.open();
  };
  useKeys(openHelp);
  useKeptLanguage();
  const [location] = useLocation();
  const seen = usePlaces();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !isMenuOpen } }}
      padding="md"
    >
      <a className="skip-link" href="#content">
        {t("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isMenuOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("menu")}
            />
            <Link href="/" className="brand">
              <img src="/icon.svg" width={24} height={24} alt="" />
              <Text fw={650} span>
                ClawBot Hub
              </Text>
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <UnstyledButton className="find-button" onClick={onFind} visibleFrom="sm">
              <IconSearch size={14} aria-hidden />
              <Text size="sm" span>
                {t("find")}
              </Text>
              <Kbd size="xs">{isMac() ? "⌘" : "Ctrl"} K</Kbd>
            </UnstyledButton>
            <ActionIcon
              variant="subtle"
              color="gray"
              hiddenFrom="sm"
              onClick={onFind}
              aria-label={t("find")}
            >
              <IconSearch size={18} />
            </ActionIcon>
            <ColorSwitch />
            <AccountMenu onKeys={openHelp} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("mainMenu")}>
        <div className="scrolls">
          {(["work", "fleet", "control"] as const).map((group) => (
            <div key={group} className="nav-group">
              <Text size="xs" fw={600} c="dimmed" px="sm" py={6}>
                {t(group)}
              </Text>
              {seen
                .filter((place) => place.group === group)
                .map(({ path, text, icon: Picture }) => (
                  <NavLink
                    key={path}
                    component={Link}
                    href={path}
                    label={t(text)}
                    active={isAt(location, path)}
                    aria-current={isAt(location, path) ? "page" : undefined}
                    leftSection={<Picture size={17} stroke={1.7} aria-hidden />}
                    onClick={menu.close}
                  />
                ))}
            </div>
          ))}
        </div>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <NewBuildBanner where={location} />
        <OfflineBanner />
        {children}
      </AppShell.Main>
      <BottomBar places={seen} location={location} onMore={menu.toggle} />
      {isHelpWanted && (
        <Suspense>
          <KeyboardHelp opened={isHelpOpen} onClose={help.close} />
        </Suspense>
      )}
    </AppShell>
  );
}

function isAt(location: string, path: string): boolean {
  return path === "/" ? location === "/" : location === path || location.startsWith(`${path}/`);
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

function BottomBar({
  places: seen,
  location,
  onMore,
}: {
  places: readonly Place[];
  location: string;
  onMore: () => void;
}) {
  const t = useTexts(frameTexts);
  const quick = quickPaths.flatMap((path) => seen.filter((place) => place.path === path));
  return (
    <nav className="bottom-bar" aria-label={t("quickMenu")}>
      {quick.map(({ path, text, icon: Picture }) => (
        <Link key={path} href={path} aria-current={isAt(location, path) ? "page" : undefined}>
          <Picture size={20} stroke={1.7} aria-hidden />
          {t(text)}
        </Link>
      ))}
      <button type="button" onClick={onMore}>
        <MoreIcon size={20} stroke={1.7} aria-hidden />
        {t("more")}
      </button>
    </nav>
  );
}

function ColorSwitch() {
  const t = useTexts(frameTexts);
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  const label = t(isDark ? "light" : "dark");
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => setColorScheme(isDark ? "light" : "dark")}
      >
        {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function AccountMenu({ onKeys }: { onKeys: () => void }) {
  const t = useTexts(frameTexts);
  const me = useMe().data;
  const roleName = useRoleName();
  const { language, choose } = useLanguage();
  const client = useQueryClient();
  const toasts = useToasts();
  const signOut = async () => {
    try {
      await answerOf(api["sign-out"].$post());
    } catch (error) {
      // A session that is over already is signed out as well.
      if (!(error instanceof ApiError && error.status === 401)) {
        return toasts.failed(error instanceof Error ? error : new Error(String(error)));
      }
    }
    client.clear();
    forgetAllWords();
    await client.invalidateQueries({ queryKey: meKey });
    location.assign("/");
  };
  return (
    <Menu position="bottom-end" shadow="md" width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          aria-label={`${t("account")}: ${me?.name ?? ""}`}
          leftSection={<IconUserCircle size={18} aria-hidden />}
        >
          <Text size="sm" span maw={120} truncate="end" visibleFrom="sm">
            {me?.name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me?.name} · {me && roleName(me.role)}
        </Menu.Label>
        <Menu.Item
          leftSection={<IconLanguage size={16} />}
          lang={language === "zh" ? "en" : "zh-CN"}
          onClick={() => choose(language === "zh" ? "en" : "zh")}
        >
          {t("otherLanguage")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={16} />}
          rightSection={<Kbd size="xs">?</Kbd>}
          onClick={onKeys}
        >
          {t("keys")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {t("signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
