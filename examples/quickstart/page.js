// Sends each request of the table below, and shows its result in the browser.

const api = document.querySelector("meta[name=api]").content;
const token = { authorization: "Bearer demo" };
const json = { "content-type": "application/json" };

// The results of a request other than `allowed` with a status that the script reads.
const BEFORE = "blocked before the app"; // it reached no handler and no middleware inside of Cors
const AFTER = "blocked after the app"; // the app responded, and the browser did not let the script read it

// `expect` depends on the host name in the URL of this page.
const ROWS = [
  {
    id: "profile",
    ask: { path: "/profile", credentials: "include" },
    asks: "with cookies, twice: the second time with the cookie of the first response",
    policy: "The global policy: pages on 127.0.0.1 are allowed, with cookies.",
    code: "#[cors]",
    expect: { "127.0.0.1": "allowed 200", localhost: AFTER },
    prepare: ask,
    read: async (answer) => `visit ${(await answer.json()).visits}, counted in a cookie`,
  },
  {
    id: "health",
    ask: { path: "/health" },
    policy: "No attribute, so the global policy applies.",
    expect: { "127.0.0.1": "allowed 200", localhost: AFTER },
    read: (answer) => answer.text(),
  },
  {
    id: "report",
    ask: { method: "POST", path: "/reports", headers: json, body: '{"title":"Q3"}' },
    asks: "with JSON",
    policy: "Also allows localhost, but without cookies.",
    code: '#[cors(origins += "http://localhost:*", credentials = false)]',
    expect: { "127.0.0.1": "allowed 201", localhost: "allowed 201" },
    read: (answer) => answer.text(),
  },
  {
    id: "report-with-cookies",
    ask: { method: "POST", path: "/reports", headers: json, body: '{"title":"Q3"}', credentials: "include" },
    asks: "with JSON and cookies",
    policy: "The route of the row above, which does not allow cookies.",
    code: '#[cors(origins += "http://localhost:*", credentials = false)]',
    expect: { "127.0.0.1": BEFORE, localhost: BEFORE },
  },
  {
    id: "feed",
    ask: { path: "/feed" },
    policy: "Allows every origin, and exposes the header etag. Inherits nothing from cors.toml.",
    code: '#[cors(replace, origins = any, expose = ["etag"], max_age = "1d")]',
    expect: { "127.0.0.1": "allowed 200", localhost: "allowed 200" },
    read: (answer) => `etag: ${answer.headers.get("etag")}, x-build: ${answer.headers.get("x-build") ?? "hidden"}`,
  },
  {
    id: "clear-cache",
    ask: { method: "DELETE", path: "/cache" },
    policy: "Narrower: of the global origins, only the admin site is allowed.",
    code: '#[cors(origins -= "http://127.0.0.1:*")]',
    expect: { "127.0.0.1": BEFORE, localhost: BEFORE },
  },
  {
    id: "reindex",
    ask: { method: "POST", path: "/internal/reindex" },
    policy: "No page may read the response. A plain POST needs no preflight, so the handler runs.",
    code: "#[cors(off)]",
    expect: { "127.0.0.1": AFTER, localhost: AFTER },
  },
  {
    id: "transfer",
    ask: { method: "POST", path: "/transfers" },
    policy: "The global policy, enforced: the API refuses requests of other origins itself.",
    code: "#[cors(enforce)]",
    expect: { "127.0.0.1": "allowed 200", localhost: BEFORE },
    read: (answer) => answer.text(),
  },
  {
    id: "account-without-token",
    ask: { path: "/account" },
    policy: "The global policy. A middleware inside returns an Err; the page may read its status.",
    code: '#[cors(headers += "authorization")]',
    expect: { "127.0.0.1": "allowed 401", localhost: AFTER },
    read: (answer) => answer.text(),
  },
  {
    id: "account-with-token",
    ask: { path: "/account", headers: token },
    asks: "with a token",
    policy: "The preflight has no token, and is answered before that middleware runs.",
    code: '#[cors(headers += "authorization")]',
    expect: { "127.0.0.1": "allowed 200", localhost: BEFORE },
    read: (answer) => answer.text(),
  },
  {
    id: "list-orders",
    ask: { path: "/api/acme/orders" },
    policy: "Reading: also allows localhost, but without cookies.",
    code: '#[cors(origins += "http://localhost:*", credentials = false)]',
    expect: { "127.0.0.1": "allowed 200", localhost: "allowed 200" },
    read: (answer) => answer.text(),
  },
  {
    id: "replace-orders",
    ask: { method: "PUT", path: "/api/acme/orders", headers: { "x-csrf-token": "c4f1" } },
    asks: "with x-csrf-token",
    policy: "Writing, on the same path: only the global origins, and one more header.",
    code: '#[cors(headers += "x-csrf-token")]',
    expect: { "127.0.0.1": "allowed 200", localhost: BEFORE },
    read: (answer) => answer.text(),
  },
  {
    id: "replace-orders-with-unlisted-header",
    ask: { method: "PUT", path: "/api/acme/orders", headers: { "x-csrf-token": "c4f1", "x-debug": "1" } },
    asks: "with x-csrf-token and x-debug",
    policy: "The route of the row above: x-debug is not in headers.",
    code: '#[cors(headers += "x-csrf-token")]',
    expect: { "127.0.0.1": BEFORE, localhost: BEFORE },
  },
  {
    id: "missing",
    ask: { path: "/no/such/path" },
    policy: "No handler, so the global policy applies: the page may read the status 404.",
    expect: { "127.0.0.1": "allowed 404", localhost: AFTER },
    read: async () => "the status",
  },
];

await main();

async function main() {
  const here = location.hostname;
  const there = here === "localhost" ? "127.0.0.1" : "localhost";
  const other = `http://${there}:${location.port}`;
  document.querySelector("#here").textContent = location.origin;
  document.querySelector("#there").textContent = api;
  document.querySelector("#other").textContent = `The same page from ${other}`;
  document.querySelector("#other").href = other;

  const shown = ROWS.map((row) => [row, show(row, row.expect[here])]);
  let agreed = 0;
  for (const [row, element] of shown) {
    const outcome = await observe(row);
    const agrees = outcome.actual === row.expect[here];
    agreed += agrees;
    report(element, outcome, agrees);
  }
  document.querySelector("#summary").textContent =
    agreed === ROWS.length
      ? `All ${agreed} requests ended as declared`
      : `${ROWS.length - agreed} of ${ROWS.length} requests did not end as declared`;
  document.body.dataset.done = "true";
}

/// Sends one request, and asks the API whether it arrived, which the script of a blocked request cannot see.
async function observe(row) {
  const id = `${crypto.getRandomValues(new Uint32Array(1))[0]}-${row.id}`;
  try {
    await row.prepare?.(row.ask, `${id}-before`);
    const answer = await ask(row.ask, id);
    return { kind: "allowed", actual: `allowed ${answer.status}`, text: await row.read(answer) };
  } catch (error) {
    if (!(error instanceof TypeError)) return { kind: "failed", actual: "unexpected answer", text: String(error) };
    try {
      const ran = await (await ask({ path: "/reached" }, row.prepare ? `${id}-before` : id)).json();
      return { kind: "blocked", actual: ran ? AFTER : BEFORE, text: error.message };
    } catch {
      return { kind: "failed", actual: "no answer", text: "the API cannot be reached" };
    }
  }
}

function ask({ path, ...request }, id) {
  return fetch(`${api}${path}?request=${id}`, { cache: "no-store", ...request });
}

/// The preflight that the browser sends before a request, unless a plain form could send that request.
function preflight({ method = "GET", path, headers = {} }) {
  const plain = ["GET", "HEAD", "POST"].includes(method);
  const names = Object.keys(headers).sort();
  if (plain && names.length === 0) return null;
  const lines = [`OPTIONS ${path}`, `Access-Control-Request-Method: ${method}`];
  if (names.length > 0) lines.push(`Access-Control-Request-Headers: ${names.join(",")}`);
  return lines;
}

function show(row, expected) {
  const cells = [
    ["Request", paragraph("ask", code(`${row.ask.method ?? "GET"} ${row.ask.path}`)), row.asks && paragraph("note", row.asks)],
    ["Policy", paragraph("", row.policy), row.code && paragraph("policy", attribute(row.code))],
    ["Result in the browser", paragraph("", node("span", "pill", "Sending…"))],
    ["As declared?", paragraph("verdict", "…")],
  ];
  const element = node("tr", "");
  for (const [label, ...content] of cells) {
    const cell = node("td", "", ...content.filter(Boolean));
    cell.dataset.label = label;
    element.append(cell);
  }
  element.dataset.row = row.id;
  element.dataset.expected = expected;
  element.preflight = preflight(row.ask);
  document.querySelector("#rows").append(element);
  return element;
}

function report(element, { kind, actual, text }, agrees) {
  element.dataset.actual = actual;
  element.dataset.agrees = agrees;
  element.classList.add(kind);
  const [, , did, verdict] = element.cells;
  did.querySelector(".pill").textContent = actual[0].toUpperCase() + actual.slice(1);
  did.append(paragraph("note", kind === "allowed" ? "The script read " : "The script got ", code(text)));
  if (element.preflight && kind !== "failed") {
    const [first, ...headers] = element.preflight;
    const passed = actual === BEFORE ? "Preflight, refused: " : "Preflight, passed: ";
    did.append(paragraph("note preflight", passed, code(first), ...headers.flatMap((it) => [node("br"), code(it)])));
  }
  verdict.querySelector(".verdict").textContent = agrees ? "✓ Yes" : "✗ No";
  if (!agrees) verdict.append(paragraph("note", `Expected: ${element.dataset.expected}`));
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
