import type { Plugin } from "esbuild";

/** What stays out of every function's bundle. */
declare const plugins: Plugin[];
export default plugins;
