// oxlint-disable-next-line typescript/triple-slash-reference -- SST brings its globals this way
/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  async app(input) {
    const { stageOf } = await import("./infra/stage.ts");
    const { isProtected, keepsData, tags } = stageOf(input.stage);
    return {
      name: "wechat-clawbot-hub",
      home: "aws",
      removal: keepsData ? "retain" : "remove",
      protect: isProtected,
      providers: { aws: { defaultTags: { tags } } },
    };
  },
  async run() {
    await import("./infra/secrets.ts");
    await import("./infra/queues.ts");
    await import("./infra/schedules.ts");
    const { router } = await import("./infra/api.ts");
    await import("./infra/functions.ts");
    await import("./infra/console.ts");
    await import("./infra/wake-ups.ts");
    await import("./infra/alarms.ts");
    await import("./infra/dashboard.ts");
    await import("./infra/budget.ts");
    return { url: router.url };
  },
});
