import { Alert, Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useTimeWords } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { useCause } from "./use-cause.ts";
import { hermesTexts } from "./texts.ts";

/** Asks Hermes something in a session of its own; with a bot, the Hermes of that bot. */
export function TestQuestion({ accountId = null }: { accountId?: string | null }) {
  const t = useTexts(hermesTexts);
  const [question, setQuestion] = useState("");
  const test = useMutation({
    mutationFn: (asked: string) =>
      answerOf(api.hermes["test-question"].$post({ json: { question: asked, accountId } })),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        test.mutate(question.trim());
      }}
    >
      <Stack gap="xs">
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            label={t("question")}
            placeholder={t("questionExample")}
            maxLength={2_000}
            value={question}
            onChange={(event) => setQuestion(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            disabled={question.trim() === ""}
            loading={test.isPending}
          >
            {t("ask")}
          </Button>
        </Group>
        <Text size="xs" c="dimmed">
          {t("testHint")}
        </Text>
        {test.error && <ErrorBox error={test.error} />}
        {test.data && <Answer answer={test.data} />}
      </Stack>
    </form>
  );
}

type Answered = {
  answered: boolean;
  text: string | null;
  failure: { class: string; row: string; cause: string } | null;
  milliseconds: number;
};

function Answer({ answer }: { answer: Answered }) {
  const t = useTexts(hermesTexts);
  const words = useTimeWords();
  const { failure } = answer;
  const why = useCause(failure && { row: failure.row, words: failure.cause });
  const took = words.duration(answer.milliseconds);
  return (
    <Alert
      color={answer.answered ? "teal" : "red"}
      variant="light"
      role="status"
      title={t(answer.answered ? "testAnswered" : "testFailed", { took })}
    >
      <Text size="sm" className="as-written">
        {answer.text ?? (why || t("noText"))}
      </Text>
      {failure && <Code mt={6}>{`${failure.class} · ${failure.row}`}</Code>}
    </Alert>
  );
}
