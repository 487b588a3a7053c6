/** What AWS would answer, as far as the configuration looks at it. */
const account = "000000000000";
const region = "us-east-1";

/** The state of a resource once made: its inputs and what only AWS knows. */
export function stateOf(type, name, inputs) {
  const physicalName = inputs.name ?? inputs.namePrefix ?? name;
  const known = { name: physicalName, arn: arnOf(type, physicalName) };
  return { ...known, ...inputs, ...extrasOf(type, name, physicalName) };
}

/** The answer to a look-up. Policy documents become the JSON that AWS gets. */
export function answerTo(token, inputs) {
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: account, arn: `arn:aws:iam::${account}:root`, id: account };
    case "aws:index/getRegion:getRegion":
      return { id: region, name: region, region };
    case "aws:index/getPartition:getPartition":
      return { partition: "aws", dnsSuffix: "amazonaws.com" };
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return { ...inputs, json: JSON.stringify(policyOf(inputs)) };
    default:
      throw new Error(
        `The plan has no stand-in for ${token}; add one to scripts/plan/stand-ins.mjs`,
      );
  }
}

const arnForms = {
  "aws:sqs/queue:Queue": (name) => `arn:aws:sqs:${region}:${account}:${name}`,
  "aws:lambda/function:Function": (name) => `arn:aws:lambda:${region}:${account}:function:${name}`,
  "aws:iam/role:Role": (name) => `arn:aws:iam::${account}:role/${name}`,
  "aws:cloudwatch/logGroup:LogGroup": (name) =>
    `arn:aws:logs:${region}:${account}:log-group:${name}`,
  "aws:scheduler/scheduleGroup:ScheduleGroup": (name) =>
    `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`,
};

function arnOf(type, name) {
  const [, service = "none", kind = "none"] = /^\w+:(\w+)\/(\w+):/.exec(type) ?? [];
  return arnForms[type]?.(name) ?? `arn:aws:${service}:${region}:${account}:${kind}/${name}`;
}

function extrasOf(type, name, physicalName) {
  switch (type) {
    case "aws:sqs/queue:Queue":
      return { url: `https://sqs.${region}.amazonaws.com/${account}/${physicalName}` };
    case "aws:lambda/functionUrl:FunctionUrl":
      return { functionUrl: `https://${name.toLowerCase()}.lambda-url.${region}.on.aws/` };
    case "aws:cloudfront/distribution:Distribution":
      return { domainName: `${name.toLowerCase()}.cloudfront.net` };
    case "random:index/randomBytes:RandomBytes":
      return { base64: Buffer.alloc(32, name).toString("base64") };
    default:
      return {};
  }
}

function policyOf({ statements = [] }) {
  return { Version: "2012-10-17", Statement: statements.map(statementOf) };
}

function statementOf({ effect = "Allow", actions, resources, principals, conditions }) {
  return {
    Effect: effect,
    Action: actions,
    ...(resources && { Resource: resources }),
    ...(principals && {
      Principal: Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])),
    }),
    ...(conditions && { Condition: conditionsOf(conditions) }),
  };
}

function conditionsOf(conditions) {
  const merged = {};
  for (const { test, variable, values } of conditions) {
    merged[test] = { ...merged[test], [variable]: values };
  }
  return merged;
}
