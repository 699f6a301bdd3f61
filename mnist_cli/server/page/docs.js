// Lists the operations of openapi.json, with samples of each and a place to try it.

import { fetchWithKey } from "./key.js";
import { make } from "./element.js";
import { trial } from "./docs_try.js";

const SAMPLED = "http://127.0.0.1:8000"; // what the samples ask, and the version that they name
const BUNDLED = "/bundled";
const LANGUAGE = "mnist.docs.language";

const operations = document.getElementById("operations");
const languages = document.getElementById("languages");
const here = new URL(".", location).href.replace(/\/$/, "");

try {
  const [description, model] = await Promise.all(
    ["openapi.json", "v2/models/mnist"].map(async (path) => (await fetchWithKey(path)).json()),
  );
  operations.append(...sections(description.paths, `/${model.versions?.[0] ?? "bundled"}`));
  languages.hidden = false;
  choose(stored() ?? "curl");
} catch {
  operations.textContent = "The server does not answer; load this page again.";
}

languages.addEventListener("change", ({ target }) => choose(target.value));

// Show the samples in one language.
function choose(language) {
  for (const radio of languages.querySelectorAll("input")) radio.checked = radio.value === language;
  for (const sample of document.querySelectorAll("[data-language]")) {
    sample.hidden = sample.dataset.language !== language;
  }
  try {
    localStorage.setItem(LANGUAGE, language);
  } catch {
    // a browser that keeps nothing
  }
}

function stored() {
  try {
    return localStorage.getItem(LANGUAGE);
  } catch {
    return null;
  }
}

function sections(paths, version) {
  const byTag = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag] = operation.tags;
      byTag.set(tag, [...(byTag.get(tag) ?? []), card(method, path, operation, version)]);
    }
  }
  return [...byTag].flatMap(([tag, cards]) => [make("h2", {}, capital(tag)), ...cards]);
}

function card(method, path, operation, version) {
  const title = make("h3", {}, make("code", { className: "method" }, method.toUpperCase()));
  title.append(" ", make("code", {}, path));
  const paragraphs = (operation.description ?? "").split("\n\n").map((text) => prose("p", text));
  const list = make("dl");
  for (const { name, schema, description, in: where } of operation.parameters ?? []) {
    if (where === "query") list.append(...entry(`?${name}`, values(schema, description)));
  }
  const bodies = Object.keys(operation.requestBody?.content ?? {});
  if (bodies.length) list.append(...entry("takes", bodies.join(", ")));
  for (const [status, response] of Object.entries(operation.responses)) {
    if (bodies.length) list.append(...entry(status, response.description));
  }
  const samples = operation["x-codeSamples"].flatMap((one) => sample(title.textContent, one, version));
  const article = make("article", { id: `${method}${path}` }, title, ...paragraphs, ...samples);
  article.append(trial(method, path, operation, version.slice(1)), details("Parameters", list));
  return article;
}

// A sample with the address of this server, and a version that it has.
function sample(call, { lang, label, source }, version) {
  const code = source.replaceAll(SAMPLED, here).replaceAll(BUNDLED, version);
  const words = [label, lang].filter(Boolean).join(", ");
  const pre = make("pre", { tabIndex: 0, ariaLabel: `${words}: ${call}` }, make("code", {}, code));
  pre.setAttribute("role", "region");
  const copy = make("button", { type: "button", ariaLabel: `Copy: ${words}, ${call}` }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  const block = make("div", { className: "sample" }, make("p", {}, label), pre);
  if (navigator.clipboard) block.append(copy);
  block.dataset.language = lang;
  return block;
}

function details(title, list) {
  if (!list.children.length) return "";
  return make("details", {}, make("summary", {}, title), list);
}

function values(schema, description = "") {
  const kinds = schema.enum ?? (schema.type === "boolean" ? [true, false] : []);
  const range = "minimum" in schema ? `${schema.minimum} to ${schema.maximum}` : kinds.join(", ");
  const unsaid = schema.default === undefined ? "" : `${schema.default} if left out.`;
  return [description, range && `${range};`, unsaid].filter(Boolean).join(" ");
}

function entry(name, text) {
  return [make("dt", {}, make("code", {}, name)), prose("dd", text)];
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

// What stands between backticks is code.
function prose(tag, text) {
  const parts = text.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part));
  return make(tag, {}, ...parts);
}
