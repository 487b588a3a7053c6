import { Button, Stack } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { useTexts } from "#console/texts/texts.ts";
import { ErrorBox } from "./error-box.tsx";
import { partTexts } from "./texts.ts";

type Props = { children: ReactNode; where: string };

/** A page that throws says so in its place; frame and other pages go on. */
export class PageBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: Props): void {
    if (before.where !== this.props.where && this.state.error) this.setState({ error: null });
  }

  override render(): ReactNode {
    return this.state.error ? <Crashed error={this.state.error} /> : this.props.children;
  }
}

function Crashed({ error }: { error: Error }) {
  const t = useTexts(partTexts);
  return (
    <Stack role="alert">
      <strong>{t("crashed")}</strong>
      <span>{t("crashedHint")}</span>
      <ErrorBox error={error} />
      <Button w="fit-content" onClick={() => location.reload()}>
        {t("reload")}
      </Button>
    </Stack>
  );
}
