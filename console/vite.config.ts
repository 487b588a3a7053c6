import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run console:dev` finds the api; `npm run dev` prints the address. */
const apiUrl = process.env["CONSOLE_API_URL"] ?? "http://127.0.0.1:3100";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port: 5173, strictPort: false, proxy: { "/api": apiUrl, "/rescan": apiUrl } },
});
