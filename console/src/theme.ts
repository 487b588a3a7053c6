import { createTheme, type MantineColorsTuple } from "@mantine/core";

const pine: MantineColorsTuple = [
  "#effaf7",
  "#dcf2ec",
  "#b5e4d8",
  "#89d5c1",
  "#62c5ac",
  "#3fae93",
  "#1f9279",
  "#0f766e",
  "#0b5f59",
  "#084b46",
];

/** One accent, small radii, text sizes for dense lists; shades chosen for a contrast of 4.5:1. */
export const theme = createTheme({
  colors: { pine },
  primaryColor: "pine",
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: "md",
  respectReducedMotion: true,
  fontFamily:
    'Inter, -apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "650" },
  // A dialog's head is no landmark of the page.
  components: {
    Modal: { defaultProps: { attributes: { header: { role: "none" } } } },
    Drawer: { defaultProps: { attributes: { header: { role: "none" } } } },
  },
});
