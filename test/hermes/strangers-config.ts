/**
 * What `config.yaml` of a Hermes must say before strangers talk to it. As it comes, Hermes serves
 * one person: what it keeps in its memory is shown in every session, and it can search all of them,
 * run commands and read files.
 */
export const strangersConfig = {
  memory: { memory_enabled: false, user_profile_enabled: false },
  platform_toolsets: { api_server: ["web", "vision", "todo"] },
};
