type SeenSetting = {
  name: string;
  from: "set" | "default" | "absent";
  isSecret: boolean;
  value: string | null;
};
type SeenByFunction = { functionName: string; settings: readonly SeenSetting[] };

export type SettingRow = {
  _id: string;
  name: string;
  /** More than one: functions of different deployments run side by side. */
  values: string[];
  from: SeenSetting["from"];
  isSecret: boolean;
  readBy: string[];
};

/** What each function saw, turned round: one row for each setting, by name. */
export function bySetting(functions: readonly SeenByFunction[]): SettingRow[] {
  const rows = new Map<string, SettingRow>();
  for (const { functionName, settings } of functions) {
    for (const { name, from, isSecret, value } of settings) {
      const row = rows.get(name) ?? { _id: name, name, values: [], from, isSecret, readBy: [] };
      rows.set(name, row);
      if (!row.readBy.includes(functionName)) row.readBy.push(functionName);
      if (value !== null && !row.values.includes(value)) row.values.push(value);
    }
  }
  return [...rows.values()].sort((a, b) => a.name.localeCompare(b.name));
}
