import { Page } from "#console/parts/page.tsx";

export default function Bot() {
  return <Page title="">{null}</Page>;
}
