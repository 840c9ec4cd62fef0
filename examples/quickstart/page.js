// Sends each request of the table below, and shows what the server answered, what the browser made of
// it, and why.

const api = document.querySelector("meta[name=api]").content;
const token = { authorization: "Bearer demo" };
const json = { "content-type": "application/json" };

// The results of a request other than `allowed` with a status that the script reads.
const BEFORE = "blocked before the app"; // it reached no handler and no middleware inside of Cors
const AFTER = "blocked after the app"; // the app responded, and the browser did not let the script read it

const ROWS = [
  {
    id: "profile",
    ask: { path: "/profile", credentials: "include" },
    asks: "with cookies, twice: the second time with the cookie of the first response",
    policy: "The global policy: pages on 127.0.0.1 are allowed, with cookies.",
    code: "#[cors]",
    prepare: ask,
    read: async (answer) => `visit ${(await answer.json()).visits}, counted in a cookie`,
  },
  {
    id: "health",
    ask: { path: "/health" },
    policy: "No attribute, so the global policy applies.",
    read: (answer) => answer.text(),
  },
  {
    id: "report",
    ask: { method: "POST", path: "/reports", headers: json, body: '{"title":"Q3"}' },
    asks: "with JSON",
    policy: "Also allows localhost, but without cookies.",
    code: '#[cors(origins += "http://localhost:*", credentials = false)]',
    read: (answer) => answer.text(),
  },
  {
    id: "report-with-cookies",
    ask: { method: "POST", path: "/reports", headers: json, body: '{"title":"Q3"}', credentials: "include" },
    asks: "with JSON and cookies",
    policy: "The route of the row above, which does not allow cookies.",
    code: '#[cors(origins += "http://localhost:*", credentials = false)]',
  },
  {
    id: "feed",
    ask: { path: "/feed" },
    policy: "Allows every origin, and exposes the header etag. Inherits nothing from cors.toml.",
    code: '#[cors(replace, origins = any, expose = ["etag"], max_age = "1d")]',
    read: (answer) => `etag: ${answer.headers.get("etag")}, x-build: ${answer.headers.get("x-build") ?? "hidden"}`,
  },
  {
    id: "clear-cache",
    ask: { method: "DELETE", path: "/cache" },
    policy: "Narrower: of the global origins, only the admin site is allowed.",
    code: '#[cors(origins -= "http://127.0.0.1:*")]',
  },
  {
    id: "reindex",
    ask: { method: "POST", path: "/internal/reindex" },
    policy: "No page may read the response. A plain POST needs no preflight, so the handler runs.",
    code: "#[cors(off)]",
  },
  {
    id: "transfer",
    ask: { method: "POST", path: "/transfers" },
    policy: "The global policy, enforced: the API refuses requests of other origins itself.",
    code: "#[cors(enforce)]",
    read: (answer) => answer.text(),
  },
  {
    id: "account-without-token",
    ask: { path: "/account" },
    policy: "The global policy. A middleware inside returns an Err; the page may read its status.",
    code: '#[cors(headers += "authorization")]',
    read: (answer) => answer.text(),
  },
  {
    id: "account-with-token",
    ask: { path: "/account", headers: token },
    asks: "with a token",
    policy: "The preflight has no token, and is answered before that middleware runs.",
    code: '#[cors(headers += "authorization")]',
    read: (answer) => answer.text(),
  },
  {
    id: "list-orders",
    ask: { path: "/api/acme/orders" },
    policy: "Reading: also allows localhost, but without cookies.",
    code: '#[cors(origins += "http://localhost:*", credentials = false)]',
    read: (answer) => answer.text(),
  },
  {
    id: "replace-orders",
    ask: { method: "PUT", path: "/api/acme/orders", headers: { "x-csrf-token": "c4f1" } },
    asks: "with x-csrf-token",
    policy: "Writing, on the same path: only the global origins, and one more header.",
    code: '#[cors(headers += "x-csrf-token")]',
    read: (answer) => answer.text(),
  },
  {
    id: "replace-orders-with-unlisted-header",
    ask: { method: "PUT", path: "/api/acme/orders", headers: { "x-csrf-token": "c4f1", "x-debug": "1" } },
    asks: "with x-csrf-token and x-debug",
    policy: "The route of the row above: x-debug is not in headers.",
    code: '#[cors(headers += "x-csrf-token")]',
  },
  {
    id: "missing",
    ask: { path: "/no/such/path" },
    policy: "No handler, so the global policy applies: the page may read the status 404.",
    read: async () => "the status",
  },
];

await main();

async function main() {
  const here = location.hostname;
  const there = here === "localhost" ? "127.0.0.1" : "localhost";
  const other = `http://${there}:${location.port}`;
  find("here").textContent = location.origin;
  find("there").textContent = api;
  find("other").textContent = `The same page from ${other}`;
  find("other").href = other;
  find("inspector").href = `${api}/__cors`;
  find("paths").append(...[...new Set(ROWS.map((row) => row.ask.path))].map((path) => node("option", "", path)));
  find("own").addEventListener("submit", sendOwn);
  showPolicy();

  const shown = ROWS.map((row) => [row, show(row, find("rows"))]);
  const counts = new Map();
  for (const [row, element] of shown) {
    const outcome = await observe(row);
    report(element, row, outcome);
    counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1);
  }
  const parts = [["allowed", "read by the script"], ["blocked", "blocked"], ["failed", "failed"]];
  const texts = parts.filter(([kind]) => counts.has(kind)).map(([kind, text]) => `${counts.get(kind)} ${text}`);
  find("summary").textContent = `${ROWS.length} requests: ${texts.join(", ")}`;
  document.body.dataset.done = "true";
}

/// Sends a request as its author wrote it, and shows it like the others.
async function sendOwn(event) {
  event.preventDefault();
  const row = { id: "own", ask: ownRequest(), read: (answer) => answer.text() };
  document.querySelector(".own").hidden = false;
  const element = show(row, find("own-rows"), true);
  report(element, row, await observe(row));
}

function ownRequest() {
  const pairs = find("headers").value.split(/[;\n]/).map((line) => line.trim()).filter(Boolean);
  const headers = Object.fromEntries(pairs.map((line) => {
    const [name, ...value] = line.split(":");
    return [name.trim(), value.join(":").trim() || "1"];
  }));
  const path = find("path").value.trim();
  const request = { method: find("method").value.trim(), path: path.startsWith("/") ? path : `/${path}`, headers };
  return find("cookies").checked ? { ...request, credentials: "include" } : request;
}

/// Sends one request, and asks the server of this page what the API answered, which the script of a
/// blocked request cannot see.
async function observe(row) {
  const id = `${crypto.getRandomValues(new Uint32Array(1))[0]}-${row.id}`;
  let outcome;
  try {
    await row.prepare?.(row.ask, `${id}-before`);
    const answer = await ask(row.ask, id);
    outcome = { kind: "allowed", actual: `allowed ${answer.status}`, text: await row.read(answer) };
  } catch (error) {
    outcome = { kind: "failed", actual: "no answer", text: error.message };
    // Blocked, or a request that cannot be made.
    if (!(error instanceof TypeError)) return { ...outcome, actual: "unexpected answer" };
  }
  for (const request of [id, `${id}-before`]) {
    const cookies = row.ask.credentials === "include";
    const query = new URLSearchParams({ request, cookies });
    const seen = await (await fetch(`/explain?${query}`, { cache: "no-store" })).json();
    if (seen.exchanges.length === 0) continue;
    if (outcome.kind === "failed") outcome = { ...outcome, kind: "blocked", actual: seen.arrived ? AFTER : BEFORE };
    return { ...outcome, ...seen };
  }
  return outcome;
}

function ask({ path, ...request }, id) {
  const [target] = path.split(/[?#]/);
  return fetch(`${api}${target}?request=${id}`, { cache: "no-store", ...request });
}

function show(row, table, isFirst = false) {
  const cells = [
    ["Request and policy", paragraph("ask", code(`${row.ask.method ?? "GET"} ${row.ask.path}`)), row.asks && paragraph("note", row.asks), row.policy && paragraph("", row.policy), row.code && paragraph("policy", attribute(row.code))],
    ["The server’s answer", paragraph("note", "…")],
    ["In the browser, and why", paragraph("", node("span", "pill", "Sending…"))],
  ];
  const element = node("tr", "");
  for (const [label, ...content] of cells) {
    const cell = node("td", "", ...content.filter(Boolean));
    cell.dataset.label = label;
    element.append(cell);
  }
  element.dataset.row = row.id;
  if (isFirst) table.prepend(element);
  else table.append(element);
  return element;
}

function report(element, row, { kind, actual, text, arrived, exchanges = [], policies }) {
  element.dataset.actual = actual;
  element.classList.add(kind);
  const [, answered, did] = element.cells;
  answered.querySelector(".note").remove();
  answered.append(...exchanges.map(answer));
  if (exchanges.length === 0) answered.append(paragraph("note", "The API received nothing."));
  else if (!arrived) answered.append(paragraph("note", "The handler did not run."));
  did.querySelector(".pill").textContent = actual[0].toUpperCase() + actual.slice(1);
  did.append(paragraph("note", kind === "allowed" ? "The script read " : "The script got ", code(text)));
  did.append(...(policies ?? []).flatMap((policy) => why(policy, kind)));
}

/// The status and the headers of a response, as the server sent it.
function answer({ method, status, headers }) {
  const lines = headers.map(([name, value]) => paragraph("", code(`${name}: ${value}`)));
  const none = paragraph("note", "no Access-Control-* header");
  const has = headers.some(([name]) => name.startsWith("access-control-"));
  const title = paragraph("status", method === "OPTIONS" ? "Preflight, " : "", code(`${method}`), ` answered ${status}`);
  return node("div", "answer", title, ...lines, ...(has ? [] : [none]));
}

/// The check that failed, with what to change; those that passed on request.
function why({ handler, why, explanation: { steps } }, kind) {
  const refused = steps.filter((step) => step.denial);
  const content = [];
  for (const step of kind === "blocked" ? refused : []) {
    content.push(paragraph("", ...sentence(step)));
    const advice = [step.near_miss && `Near miss: ${step.near_miss}`, step.help && `Help: ${step.help}`].filter(Boolean);
    if (advice.length > 0) content.push(node("div", "advice", ...advice.map((line) => paragraph("", ...rich(line)))));
  }
  const passed = steps.filter((step) => !step.denial);
  if (passed.length > 0) {
    const title = refused.length > 0 ? "What passed" : "Why it is allowed";
    const name = handler ? [code(handler), " "] : [];
    content.push(node("details", "", node("summary", "", title), paragraph("note", ...name, ...rich(why)), ...passed.map((step) => paragraph("", ...sentence(step)))));
  }
  return [node("div", "why", ...content)];
}

function sentence({ denial, requested, setting, allowed, places }) {
  const set = places.length > 0 ? `, set at ${places.join(", ")}` : " by default";
  return [denial ? "✗ " : "✓ ", code(requested), ": ", code(setting), " is ", code(allowed), `${set}.`];
}

async function showPolicy() {
  find("toml").textContent = await (await fetch("/cors.toml")).text();
  const { policies } = await (await fetch("/table")).json();
  const text = (value) => (Array.isArray(value) ? value.join(", ") || "none" : value === true ? "yes" : value === false ? "no" : String(value ?? "default"));
  find("policies").append(...policies.map((policy) => {
    const settings = Object.values(policy).filter((cell) => cell?.from);
    const path = [policy.serves.join(", "), policy.path].filter(Boolean).join(" ");
    const cells = [path, text(policy.origins.value), text(policy.credentials.value), text(policy.headers.value), lines(settings)];
    return node("tr", "", ...cells.map((cell) => node("td", "", code(cell))));
  }));
}

/// The places of some settings: the lines of each file together.
function lines(settings) {
  const files = new Map();
  for (const place of settings.flatMap((cell) => cell.from)) {
    const [, file, line] = /^(.*?)(?::(\d+):\d+)?$/.exec(place);
    files.set(file, (files.get(file) ?? new Set()).add(line));
  }
  return [...files].map(([file, lines]) => `${file}:${[...lines].sort((one, other) => one - other).join(", ")}`).join("; ");
}

function find(id) {
  return document.getElementById(id);
}

/// Text with code between backticks.
function rich(text) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? code(part) : part));
}

function paragraph(name, ...content) {
  return node("p", name, ...content);
}

function code(text) {
  return node("code", "", text);
}

/// Breaks between the arguments, never within one.
function attribute(text) {
  const parts = text.split(/(?<=, )/).map((it) => node("span", "", it));
  return node("code", "", ...parts.flatMap((it) => [it, " "]));
}

function node(tag, name = "", ...content) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...content);
  return element;
}
