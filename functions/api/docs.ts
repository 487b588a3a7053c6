import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { html } from "hono/html";
import { z } from "zod";

const Content = z.record(z.string(), z.object({ schema: z.unknown() }));
const Operation = z.object({
  summary: z.string(),
  "x-access": z.string(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        schema: z.unknown(),
      }),
    )
    .default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
});
type Operation = z.infer<typeof Operation>;

const Document = z.object({
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()).default({}) }),
});

/**
 * The OpenAPI document as a page to read: no script, nothing from anywhere else. It is plain HTML,
 * since the usual viewers are ten times as large as the whole function.
 */
export function answerDocs(c: Context, document: unknown): Response | Promise<Response> {
  const { info, paths, components } = Document.parse(document);
  const nonce = randomBytes(16).toString("base64");
  c.header(
    "content-security-policy",
    `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'nonce-${nonce}'`,
  );
  const groups = Object.entries(
    Object.groupBy(Object.entries(paths), ([path]) => path.split("/")[2] ?? ""),
  );
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${info.title}: API</title>
          <style nonce="${nonce}">
            ${style}
          </style>
        </head>
        <body>
          <h1>${info.title}: API</h1>
          <p>
            Programs send a token as <code>Authorization: Bearer …</code>; browsers sign in with
            <code>POST /api/sign-in</code> and send <code>x-hub-csrf: 1</code> with whatever changes
            something. Each route names the least role it asks for. The same for programs:
            <a href="openapi.json">openapi.json</a>.
          </p>
          <nav>${groups.map(([name]) => html`<a href="#${name}">${name}</a> `)}</nav>
          ${groups.map(
            ([name, routes = []]) =>
              html`<h2 id="${name}">${name}</h2>
                ${routes.map(([path, methods]) => routesAt(path, methods))}`,
          )}
          <h2 id="schemas">Schemas</h2>
          ${Object.entries(components.schemas).map(
            ([name, schema]) =>
              html`<details id="schema-${name}">
                <summary><b>${name}</b></summary>
                ${asJson(schema)}
              </details>`,
          )}
        </body>
      </html>`,
  );
}

function routesAt(path: string, methods: Record<string, Operation>) {
  return Object.entries(methods).map(
    ([method, operation]) =>
      html`<details id="${method}${path.replaceAll(/[/{}]/g, "-")}">
        <summary>
          <b>${method.toUpperCase()}</b> <code>${path}</code> ${operation.summary}
          <i>${operation["x-access"]}</i>
        </summary>
        ${parametersOf(operation)} ${bodiesOf("Send", operation.requestBody?.content)}
        ${bodiesOf("Answer", operation.responses["200"]?.content)}
      </details>`,
  );
}

function parametersOf({ parameters }: Operation) {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    ({ name, in: place, required, schema }) =>
      html`<tr>
        <td><code>${name}</code></td>
        <td>${place}${required ? "" : ", optional"}</td>
        <td><code>${JSON.stringify(schema)}</code></td>
      </tr>`,
  );
  return html`<table>
    ${rows}
  </table>`;
}

function bodiesOf(title: string, content: z.infer<typeof Content> = {}) {
  return Object.entries(content).map(
    ([type, { schema }]) =>
      html`<p>${title} <code>${type}</code></p>
        ${asJson(schema)}`,
  );
}

function asJson(schema: unknown) {
  return html`<pre>${JSON.stringify(schema, null, 2)}</pre>`;
}

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid #8886; border-radius: 6px; margin: 0.4rem 0; padding: 0.4rem 0.8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary i { float: right; }
pre { overflow: auto; max-height: 30rem; }
td { padding: 0.2rem 1rem 0.2rem 0; vertical-align: top; overflow-wrap: anywhere; }
:root { color-scheme: light dark; }
`;
