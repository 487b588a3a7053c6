import { Text } from "@mantine/core";
import { diffWordsWithSpace } from "diff";

/** What a reviewer changed, word by word. */
export function DraftChanges({
  before,
  after,
  title,
}: {
  before: string;
  after: string;
  title: string;
}) {
  return (
    <section aria-label={title}>
      <Text size="xs" c="dimmed" mb={4}>
        {title}
      </Text>
      <Text component="div" size="sm" className="as-written review-changes">
        {diffWordsWithSpace(before, after, segmenter ? { intlSegmenter: segmenter } : {}).map(
          ({ value, added, removed }, index) => {
            if (added) return <ins key={index}>{value}</ins>;
            return removed ? <del key={index}>{value}</del> : <span key={index}>{value}</span>;
          },
        )}
      </Text>
    </section>
  );
}

/** Chinese has no spaces between words. */
const segmenter =
  typeof Intl.Segmenter === "function" ? new Intl.Segmenter("zh", { granularity: "word" }) : null;
