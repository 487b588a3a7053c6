import { Paper, Select, SimpleGrid, useMantineColorScheme } from "@mantine/core";
import { languages, useLanguage, usualZone } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { settingsTexts } from "./texts.ts";

const zones = [...new Set([usualZone, "UTC", ...Intl.supportedValuesOf("timeZone")])];
const colorSchemes = ["auto", "light", "dark"] as const;

/** What this browser shows differently; the language is kept with the user too. */
export function Preferences() {
  const t = useTexts(settingsTexts);
  const { language, choose, zone, chooseZone } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const colors = { auto: t("asSystem"), light: t("light"), dark: t("dark") };
  return (
    <Paper className="panel facts">
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Select
          label={t("language")}
          data={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
          value={language}
          allowDeselect={false}
          onChange={(value) => {
            const wanted = languages.find((each) => each === value);
            if (wanted) choose(wanted);
          }}
        />
        <Select
          label={t("zone")}
          description={t("zoneHint")}
          inputWrapperOrder={["label", "input", "description"]}
          data={zones}
          value={zone}
          searchable
          limit={60}
          allowDeselect={false}
          onChange={(value) => value !== null && chooseZone(value)}
        />
        <Select
          label={t("colors")}
          data={colorSchemes.map((value) => ({ value, label: colors[value] }))}
          value={colorScheme}
          allowDeselect={false}
          onChange={(value) => {
            const wanted = colorSchemes.find((each) => each === value);
            if (wanted) setColorScheme(wanted);
          }}
        />
      </SimpleGrid>
    </Paper>
  );
}
