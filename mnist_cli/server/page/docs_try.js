// A place to try a call: its parameters, its body, and what the server answers.

import { fetchWithKey } from "./key.js";
import { make } from "./element.js";

const LONGEST = 20_000; // characters of an answer that are shown

export function trial(method, path, operation, version) {
  const title = `Try ${method.toUpperCase()} ${path}`;
  const fields = (operation.parameters ?? []).filter((one) => one.in !== "header").map(field);
  const body = bodyOf(operation.requestBody?.content ?? {});
  const shown = make("pre", { tabIndex: 0, ariaLabel: `Answer to ${title}`, hidden: true });
  shown.setAttribute("role", "region");
  const state = make("p", { className: "state" });
  state.setAttribute("role", "status");
  const send = make("button", { type: "submit", ariaLabel: title }, "Send");
  const labels = [...fields.map((one) => one.label), body?.label ?? ""];
  const form = make("form", {}, ...labels, send, state, shown);
  for (const one of fields) if (one.name === "version") one.input.value = version;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    state.textContent = "Asking …";
    try {
      await show(method, address(path, fields), body?.read() ?? {}, state, shown);
    } catch (error) {
      shown.hidden = true;
      state.textContent = `No answer: ${error.message}`;
    }
    send.disabled = false;
  });
  return make("details", { className: "try" }, make("summary", {}, "Try it"), form);
}

async function show(method, url, { type, content }, state, shown) {
  const begun = performance.now();
  const headers = type ? { "Content-Type": type } : {};
  const answer = await fetchWithKey(url, { method: method.toUpperCase(), headers, body: content });
  const blob = await answer.blob();
  const took = Math.round(performance.now() - begun);
  state.textContent = `${answer.status} ${answer.statusText}, ${took} ms`;
  shown.replaceChildren(await readable(blob));
  shown.hidden = false;
}

// A text; or of what is none a link to have it as a file.
async function readable(blob) {
  if (!/json|^text/.test(blob.type)) {
    const words = `${blob.size.toLocaleString("en")} bytes of ${blob.type || "no type"}: save them`;
    return make("a", { href: URL.createObjectURL(blob), download: "answer" }, words);
  }
  const text = await blob.text();
  return (blob.type.includes("json") ? JSON.stringify(JSON.parse(text), null, 2) : text).slice(0, LONGEST);
}

function address(path, fields) {
  const query = new URLSearchParams();
  let filled = path.slice(1); // relative: the server may stand behind a prefix
  for (const { name, where, input } of fields) {
    if (where === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value !== "") query.append(name, input.value);
  }
  return query.size ? `${filled}?${query}` : filled;
}

// A parameter as a field; what is left empty is left out.
function field({ name, in: where, schema, example }) {
  const choices = schema.enum ?? (schema.type === "boolean" ? [true, false] : null);
  const input = choices ? make("select") : make("input", { type: "text", autocomplete: "off" });
  const unsaid = `${schema.default ?? "nothing"} (left out)`;
  if (choices) {
    const options = choices.map((one) => make("option", { value: one }, `${one}`));
    input.append(make("option", { value: "" }, unsaid), ...options);
  } else input.placeholder = schema.default ?? "";
  if (example) input.value = example;
  input.required = where === "path";
  return { name, where, input, label: make("label", {}, make("code", {}, name), input) };
}

// The body as a file or as JSON, whichever the call takes first.
function bodyOf(content) {
  if ("image/*" in content) {
    const input = make("input", { type: "file", accept: "image/*", required: true });
    const read = () => ({ type: input.files[0].type || "image/png", content: input.files[0] });
    return { read, label: make("label", {}, "Picture", input) };
  }
  if ("application/json" in content) {
    const example = content["application/json"].example ?? {};
    const input = make("textarea", { value: JSON.stringify(example), rows: 5, spellcheck: false });
    const read = () => ({ type: "application/json", content: input.value });
    return { read, label: make("label", {}, "JSON", input) };
  }
  return null;
}
