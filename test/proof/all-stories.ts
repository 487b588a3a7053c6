import { operatorStories } from "./operator-stories.ts";
import { contactStories, type Story } from "./stories.ts";

export const stories: readonly Story[] = [...contactStories, ...operatorStories];
