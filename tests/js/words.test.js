// No sentence for people stands in the code: a search for words in every source.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "acorn";
import { full } from "acorn-walk";

const FOLDERS = ["kdviz/app/js", "share/jupyter/voila/templates/kdviz/static"];
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".js"))
    .map((name) => `${folder}/${name}`),
);
const ALLOWED = new Set([
  ...[
    "ArrowRight",
    "ArrowLeft",
    "ArrowUp",
    "ArrowDown",
    "PageUp",
    "PageDown",
    "Page",
    "Home",
    "End",
    "Enter",
    "Escape",
  ],
  ...["Plotly", "(prefers-color-scheme: dark)"],
  'show(LESSON, "', // Python code to copy
]);
const CLASSES = /^(kd(-[\w-]+)? ?)+$/;
const SELECTOR = /^[.#[]/;

/** Texts of a program that look like words for people, with their lines. */
function words(source) {
  const found = [];
  const look = (text, node) => {
    const one = /^\s*\p{Lu}\p{Ll}{2,}/u.test(text);
    const two = /\p{L}{2,}[,.:;!?–—’']*\s+\p{L}{2,}/u.test(text);
    if ((one || two) && !ALLOWED.has(text) && !CLASSES.test(text) && !SELECTOR.test(text))
      found.push(`${node.loc.start.line}: ${text}`);
  };
  full(parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true }), (node) => {
    if (node.type === "Literal" && typeof node.value === "string") look(node.value, node);
    if (node.type === "TemplateElement") look(node.value.cooked, node);
  });
  return found;
}

for (const file of FILES) {
  test(`${file} holds no words for people`, () => assert.deepEqual(words(readFileSync(file, "utf8")), []));
}

test("the search for words finds them", () => {
  assert.deepEqual(words('h("p", {}, "Try it");\nb.title = `Reset ` + x;\nc("kd-a kd-b", "click", "aria-label")'), [
    "1: Try it",
    "2: Reset ",
  ]);
  assert.deepEqual(words('say("nothing was found")'), ["1: nothing was found"]);
});
