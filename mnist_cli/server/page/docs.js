// Lists the operations of /openapi.json.

const operations = document.getElementById("operations");
for (const place of document.querySelectorAll(".here")) {
  place.textContent = new URL(".", location).href.replace(/\/$/, "");
}

try {
  const description = await (await fetch("openapi.json")).json();
  operations.append(...sections(description.paths));
} catch {
  operations.textContent = "The server does not answer; load this page again.";
}

function sections(paths) {
  const byTag = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag] = operation.tags;
      byTag.set(tag, [...(byTag.get(tag) ?? []), card(method, path, operation)]);
    }
  }
  return [...byTag].flatMap(([tag, cards]) => [make("h2", capital(tag)), ...cards]);
}

function card(method, path, operation) {
  const title = make("h3");
  const verb = make("code", method.toUpperCase());
  verb.className = "method";
  title.append(verb, make("code", path));
  const paragraphs = operation.description.split("\n\n").map((text) => make("p", text));
  const list = make("dl");
  for (const { name, schema, description, in: where } of operation.parameters ?? []) {
    if (where === "query") list.append(...entry(`?${name}`, values(schema, description)));
  }
  const bodies = Object.keys(operation.requestBody?.content ?? {});
  if (bodies.length) list.append(...entry("takes", bodies.join(", ")));
  for (const [status, response] of Object.entries(operation.responses)) {
    if (bodies.length) list.append(...entry(status, response.description));
  }
  const article = make("article");
  article.append(title, ...paragraphs, list);
  return article;
}

function values(schema, description = "") {
  const range = "minimum" in schema ? `${schema.minimum} to ${schema.maximum}` : "true, false";
  const kinds = schema.enum?.join(", ") ?? range;
  return `${description} ${kinds}; ${schema.default} if left out.`;
}

function entry(name, text) {
  const term = make("dt");
  term.append(make("code", name));
  return [term, make("dd", text)];
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

// What stands between backticks is code.
function make(tag, text = "") {
  const element = document.createElement(tag);
  text.split("`").forEach((part, at) => element.append(at % 2 ? make("code", part) : part));
  return element;
}
