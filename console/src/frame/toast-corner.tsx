import { Notifications } from "@mantine/notifications";

/** Where toasts appear. */
export default function ToastCorner() {
  return <Notifications position="top-center" />;
}
