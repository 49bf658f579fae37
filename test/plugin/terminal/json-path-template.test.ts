import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../plugin/errors.ts";
import { fillTemplate } from "../../../plugin/terminal/json-path-template.ts";

const document = {
  sites: [
    { name: "soap", ready: 1, url: "https://soap.example" },
    { name: "veg", ready: 0 },
  ],
};

describe("a jsonpath template", () => {
  it.each([
    [".sites[*].name", "soap veg"],
    ["{.sites[0].name}", "soap"],
    ["{sites[1].ready}", "0"],
    ["first: {.sites[0].name}!", "first: soap!"],
    ['{range .sites[*]}{.name}{"\\t"}{.url}{"\\n"}{end}', "soap\thttps://soap.example\nveg\t\n"],
    ["{range .sites[*]}{@.name},{end}", "soap,veg,"],
    ['{"{"}', "{"],
    ["{.sites[0]}", '{"name":"soap","ready":1,"url":"https://soap.example"}'],
    ["{.nothing.there}", ""],
    ["{.constructor}{.__proto__}{.sites.constructor}", ""],
  ])("%s is filled as kubectl would", (template, text) => {
    expect(fillTemplate(template, document)).toBe(text);
  });

  it.each([
    "{.sites[?(@.ready==1)].name}",
    "{.sites[(@.length-1)].name}",
    "{range .sites[*]}{.name}",
    "{end}",
    "{.name",
    "{}",
  ])("%s is refused", (template) => {
    expect(() => fillTemplate(template, document)).toThrow(UsageError);
  });

  it("never shows an escape sequence of a value", () => {
    expect(fillTemplate("{.name}", { name: "\u001b[2J" })).toBe("\\u{1b}[2J");
  });

  it("is filled or refused as wrong usage, whatever it is", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "range ",
      "end",
      ".",
      "*",
      "[",
      "]",
      "sites",
      "'",
      '"',
      "$",
      "@",
      "(",
      "?",
      "\\",
      " ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join("")),
        ),
        (template) => {
          let outcome: unknown;
          try {
            outcome = fillTemplate(template, document);
          } catch (error) {
            outcome = error;
          }
          expect(typeof outcome === "string" || outcome instanceof UsageError).toBe(true);
        },
      ),
    );
  });
});
