import { createHash } from "node:crypto";
import { html, Html, type HtmlValue } from "./html.ts";
import { pageStyle } from "./page-style.ts";

// Whole, since its text must be what the policy has the hash of, to the byte.
const style = new Html(`<style>${pageStyle}</style>`);
const styleHash = createHash("sha256").update(pageStyle).digest("base64");

/**
 * A whole page that needs nothing but itself: the policy lets it load nothing, run nothing, and be styled by its one
 * style sheet only, whatever a stranger's text in it would like.
 *
 * @param generated RFC 3339
 */
export function renderPage(title: string, generated: string, content: HtmlValue): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
        <footer>
          Made by kubectl subscribie at <time datetime="${generated}">${generated}</time> from the rollouts'
          records. Times are UTC, by the API server's clock.
        </footer>
      </body>
    </html> `.text;
}

/** A section with its heading. @param id unique on the page */
export function section(id: string, heading: string, content: HtmlValue): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    ${content}
  </section> `;
}

/** Names and values, as tiles. */
export function figures(values: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  return html`<dl class="figures">
    ${values.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A table; the first cell of each row names it. @param numeric indices of columns that are numbers */
export function table(
  caption: string,
  headings: readonly HtmlValue[],
  rows: readonly (readonly HtmlValue[])[],
  numeric: readonly number[] = [],
): Html {
  const numbers = new Set(numeric);
  const head = headings.map((heading, index) =>
    numbers.has(index)
      ? html`<th scope="col" class="n">${heading}</th>`
      : html`<th scope="col">${heading}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((value, index) => {
          if (index === 0) return html`<th scope="row">${value}</th>`;
          return numbers.has(index) ? html`<td class="n">${value}</td>` : html`<td>${value}</td>`;
        })}
      </tr> `,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
