import type { Package } from "./inventory.ts";

/** `docs/licences.md`. */
export function licencesPage(packages: readonly Package[]): string {
  const shipped = packages.filter((each) => each.shipped);
  const tools = packages.filter((each) => !each.shipped);
  return `# Licences of others' work

Written by \`npm run licences -- --write\` from package-lock.json; \`npm run licences\` fails on a package that states no
licence or one that is not permitted. The full texts lie beside each package in \`node_modules\`.

## Shipped

In the functions or the console: ${shipped.length} packages.

${table(shipped)}

## For development

Never deployed: ${tools.length} packages.

${table(tools)}
`;
}

function table(packages: readonly Package[]): string {
  const rows = packages.map(
    ({ name, version, licence }) => `| ${name} | ${version} | ${licence ?? "none stated"} |`,
  );
  return ["| package | version | licence |", "| --- | --- | --- |", ...rows].join("\n");
}
