// The inspector: the table of policies, explanations, refusals and counters.
//
// All text comes from the server, and some of it from clients: it becomes text
// nodes, never HTML.
"use strict";

/// How often the status is requested while the page is visible, in milliseconds.
const INTERVAL = 1000;

/// How many rows of the table, and how many refusals, are shown.
const MOST_ROWS = 500;
const MOST_REFUSALS = 100;

const base = location.pathname.replace(/\/+$/, "");
const find = (id) => document.getElementById(id);

function start() {
  find("question").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(true);
  });
  find("filter").addEventListener("input", showTable);
  for (const button of document.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => sortBy(button.dataset.sort));
  }
  find("pause").addEventListener("click", togglePause);
  addEventListener("popstate", readQuestion);
  document.addEventListener("visibilitychange", () => !document.hidden && poll());
  readQuestion();
  loadTable();
  poll();
}

async function request(file) {
  const response = await fetch(`${base}/${file}`, { cache: "no-store" });
  if (!response.ok) throw new Error((await response.text()) || `the server answered ${response.status}`);
  return response.json();
}

// The table.

let table = { policies: [] };
let order = { by: null, descending: false };
const opened = new Set();

async function loadTable() {
  try {
    table = await request("table.json");
  } catch (error) {
    find("table-summary").textContent = error.message;
    return;
  }
  const from = [table.profile && `profile ${table.profile}`, table.file && `read from ${table.file}`];
  find("source").textContent = from.filter(Boolean).join(", ") || "configured in code";
  find("report-only").hidden = !table.report_only;
  find("report-only-diff").textContent = table.report_only?.text || "Nothing: the policies are the same.";
  showTable();
}

function sortBy(column) {
  order = { by: column, descending: order.by === column && !order.descending };
  for (const button of document.querySelectorAll("[data-sort]")) {
    const direction = order.descending ? "descending" : "ascending";
    if (button.dataset.sort === column) button.parentElement.setAttribute("aria-sort", direction);
    else button.parentElement.removeAttribute("aria-sort");
  }
  showTable();
}

function showTable() {
  const wanted = find("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = table.policies.map((policy, index) => [policy, index]).filter(([policy]) => {
    const text = searchable(policy);
    return wanted.every((word) => text.includes(word));
  });
  if (order.by) {
    const direction = order.descending ? -1 : 1;
    const key = ([policy]) => (order.by === "path" ? policy.path : shown(policy, order.by));
    rows.sort((one, other) => direction * key(one).localeCompare(key(other), "en"));
  }
  find("rows").replaceChildren(...rows.slice(0, MOST_ROWS).flatMap(([policy, index]) => tableRow(policy, index)));
  const all = table.policies.length;
  const more = rows.length > MOST_ROWS ? `, the first ${MOST_ROWS} are shown` : "";
  find("table-summary").textContent = table.disabled
    ? `CORS is disabled: enabled = false is set at ${table.disabled}`
    : rows.length === all && !more
      ? plural(all, "policy", "policies")
      : `${rows.length} of ${plural(all, "policy", "policies")}${more}`;
}

const SETTINGS = ["origins", "credentials", "methods", "headers", "expose", "max_age", "enforce", "private_network"];

function settings(policy) {
  const known = SETTINGS.filter((name) => policy[name]);
  const others = Object.keys(policy).filter((name) => policy[name]?.from && !SETTINGS.includes(name));
  return [...known, ...others];
}

function searchable(policy) {
  const cells = settings(policy).flatMap((name) => [shown(policy, name), ...policy[name].from]);
  return [policy.path, policy.handler ?? "", ...policy.serves, ...cells].join(" ").toLowerCase();
}

function shown(policy, name) {
  const value = policy[name]?.value;
  if (value === null || value === undefined) return "default";
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return name === "max_age" ? `${value} s` : String(value);
}

function tableRow(policy, index) {
  const key = `${index} ${policy.path}`;
  const id = `row-${index}`;
  const button = node("button", "open code", policy.path);
  button.type = "button";
  button.setAttribute("aria-controls", id);
  const row = node("tr", "", node("td", "", button));
  for (const [label, name] of [["Methods", "methods"], ["Origins", "origins"], ["Credentials", "credentials"], ["Headers", "headers"]]) {
    const cell = node("td", "code", shorten(shown(policy, name)));
    cell.dataset.label = label;
    row.append(cell);
  }
  const content = node("td", "");
  content.colSpan = 5;
  const details = node("tr", "details", content);
  details.id = id;
  const show = (open) => {
    button.setAttribute("aria-expanded", open);
    details.hidden = !open;
    if (open) content.replaceChildren(...policyDetails(policy));
  };
  button.addEventListener("click", () => {
    const open = details.hidden;
    if (open) opened.add(key);
    else opened.delete(key);
    show(open);
  });
  show(opened.has(key));
  return [row, details];
}

function policyDetails(policy) {
  const list = node("div", "settings");
  for (const name of settings(policy)) {
    const places = policy[name].from;
    list.append(
      node("p", "name", name),
      node("p", "code", shown(policy, name)),
      node("p", "places soft", places.length > 0 ? "set at " : "by default", ...places.map((place, at) => node("span", "code", (at ? ", " : "") + place))),
    );
  }
  const facts = [
    policy.handler && ["Handler ", node("code", "", policy.handler)],
    policy.serves.length > 0 && [" serves ", node("code", "", policy.serves.join(", "))],
  ];
  const found = facts.filter(Boolean).flat();
  return found.length > 0 ? [node("p", "facts", ...found), list] : [list];
}

// Explanations. Their state is the query of the URL, so that it can be sent to others.

const FIELDS = ["origin", "method", "path", "headers", "host"];

function readQuestion() {
  const query = new URLSearchParams(location.search);
  for (const name of FIELDS) find(name).value = query.get(name) ?? (name === "method" ? "GET" : "");
  find("cookies").checked = query.get("cookies") === "true";
  if (query.get("origin")) ask(false);
  else find("explanation").replaceChildren();
}

/// A URL that was pasted as a path, and an origin with the path of a page.
function tidy() {
  const path = find("path").value.trim();
  const url = /^https?:/i.test(path) && URL.canParse(path) ? new URL(path) : null;
  if (url) {
    find("path").value = url.pathname;
    find("host").value ||= url.host;
  } else if (!path.startsWith("/")) {
    find("path").value = `/${path}`;
  }
  const origin = find("origin").value.trim();
  find("origin").value = /^https?:/i.test(origin) && URL.canParse(origin) ? new URL(origin).origin : origin;
}

let asked = 0;

async function ask(isNew) {
  tidy();
  const query = new URLSearchParams();
  for (const name of FIELDS) {
    const value = find(name).value.trim();
    if (value) query.set(name, value);
  }
  if (find("cookies").checked) query.set("cookies", "true");
  if (isNew && `?${query}` !== location.search) history.pushState(null, "", `?${query}#explain`);
  const number = ++asked;
  let content;
  try {
    const { policies } = await request(`explain.json?${query}`);
    content = policies.map(explanation);
    if (policies.length > 1) content.unshift(node("p", "policy soft", `${policies.length} policies may apply: a preflight is allowed what all of them allow.`));
  } catch (error) {
    content = [node("p", "alert", error.message)];
  }
  if (number === asked) find("explanation").replaceChildren(...content);
}

function explanation({ handler, why, explanation, text }) {
  const outcome = explanation.outcome;
  const refused = explanation.steps.find((step) => step.denial);
  const verdict = refused ? pill("refused", `Refused: ${outcome}`) : pill("allowed", outcome === "allowed" ? "Allowed" : outcome);
  const name = handler ? [node("code", "", handler), " "] : [];
  const steps = node("ol", "steps", ...explanation.steps.map(stepItem));
  const details = node("details", "", node("summary", "", "As text, as it is logged"), node("pre", "", text));
  details.lastChild.tabIndex = 0;
  return node("div", "policy", node("p", "", verdict, " ", ...name, node("span", "soft", ...rich(why))), steps, details);
}

function stepItem(step) {
  const verdict = step.denial ? pill("refused", "✗ refused") : pill("allowed", "✓ allowed");
  const places = step.places.length > 0 ? `, set at ${step.places.join(", ")}` : " by default";
  const item = node("li", "", verdict, " ", node("code", "", step.requested), "; ", node("code", "", step.setting), " is ", node("code", "", shorten(step.allowed)), places);
  item.append(...advice(step));
  return item;
}

function advice({ near_miss: nearMiss, help }) {
  const lines = [nearMiss && `Near miss: ${nearMiss}`, help && `Help: ${help}`].filter(Boolean);
  return lines.length > 0 ? [node("div", "advice", ...lines.map((line) => node("p", "", ...rich(line))))] : [];
}

// Refusals, reloads and counters, again and again.

let newest = 0;
let reloaded = null;
let timer = null;
let polling = false;
const refusals = new Map();

async function poll() {
  if (polling) return;
  clearTimeout(timer);
  polling = true;
  try {
    showStatus(await request(`status.json?after=${newest}`));
    find("connection").textContent = "";
  } catch (error) {
    const text = `The server does not answer: ${error.message}`;
    if (find("connection").textContent !== text) find("connection").textContent = text;
  }
  polling = false;
  if (!document.hidden) timer = setTimeout(poll, INTERVAL);
}

function togglePause() {
  const button = find("pause");
  const isPaused = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", isPaused);
  button.textContent = isPaused ? "Resume" : "Pause";
  if (!isPaused) showRefusals();
}

function showStatus(status) {
  const { refusals: { new: fresh, unexplained }, reloads } = status;
  for (const refusal of fresh) {
    newest = Math.max(newest, refusal.number);
    const key = JSON.stringify([refusal.report_only, refusal.reason, refusal.origin, refusal.method, refusal.path, refusal.handler, refusal.rule, refusal.requested]);
    refusals.delete(key);
    refusals.set(key, { refusal, element: refusalItem(refusal) });
    if (refusals.size > MOST_REFUSALS) refusals.delete(refusals.keys().next().value);
  }
  if (find("pause").getAttribute("aria-pressed") !== "true") showRefusals(fresh.length > 0, unexplained);
  const version = `${reloads.succeeded}`;
  if (reloaded !== null && reloaded !== version) loadTable();
  reloaded = version;
  showActivity(status);
}

let unexplainedSoFar = 0;

function showRefusals(isChanged = true, unexplained = unexplainedSoFar) {
  if (!isChanged && unexplained === unexplainedSoFar) return;
  unexplainedSoFar = unexplained;
  if (isChanged) showRefusalList();
  const last = [...refusals.values()].at(-1)?.refusal;
  const latest = last ? `, the latest: ${last.message}, ${last.origin}, ${last.method} ${last.path}` : "";
  const more = unexplained > 0 ? `; ${unexplained} more came too fast to be listed` : "";
  find("refusals-summary").textContent = refusals.size > 0 || more ? `${plural(refusals.size, "refusal", "different refusals")}${latest}${more}` : "None so far.";
}

/// The latest first. Elements that are there already stay, so that the focus does.
function showRefusalList() {
  const wanted = [...refusals.values()].map(({ element }) => element);
  const list = find("refusal-list");
  for (const element of [...list.children]) if (!wanted.includes(element)) element.remove();
  for (const element of wanted) if (!element.parentElement) list.prepend(element);
}

function refusalItem(refusal) {
  const time = node("time", "", new Date(refusal.last).toLocaleTimeString());
  time.dateTime = new Date(refusal.last).toISOString();
  const when = node("span", "when", refusal.count > 1 ? `${refusal.count} times, last ` : "", time);
  const kind = refusal.report_only ? pill("reported", `would be refused: ${refusal.reason}`) : pill("refused", `refused: ${refusal.reason}`);
  const line = node("div", "line", node("code", "", `${refusal.method} ${refusal.path}`), node("span", "", "from ", node("code", "", refusal.origin || "no origin")), when);
  const facts = [["Requested", refusal.requested], ["Allowed", refusal.allowed], ["Rule", refusal.rule], ["Handler", refusal.handler]];
  const known = facts.filter(([, value]) => value !== null);
  const list = node("dl", "facts", ...known.flatMap(([name, value]) => [node("dt", "", name), node("dd", "code", value)]));
  const query = new URLSearchParams({ origin: refusal.origin, method: refusal.method, path: refusal.path });
  if (refusal.reason === "header-not-allowed" && refusal.requested) query.set("headers", refusal.requested);
  if (refusal.reason === "credentials-not-allowed") query.set("cookies", "true");
  const link = node("a", "", "Explain this request");
  link.href = `?${query}#explain`;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    readQuestion();
    find("explain").focus({ preventScroll: true });
    find("explain").scrollIntoView();
  });
  return node("li", "", line, node("p", "facts", kind, " ", ...rich(refusal.message)), list, ...advice(refusal), node("p", "facts", link));
}

function showActivity({ reloads, live_sets: sets, decisions, routes, report_only: reported, now }) {
  const time = (at) => (at === null ? "never" : `${new Date(at).toLocaleTimeString()}, ${age(now - at)} ago`);
  list("reloads", [
    ["Took effect", reloads.succeeded],
    ["Failed", reloads.failed],
    ["Last one in force", time(reloads.last_succeeded)],
    ["Last one that failed", time(reloads.last_failed)],
  ]);
  find("live-sets").hidden = sets.length === 0;
  list("live-set-list", sets.map((set) => [set.name, liveSet(set)]));
  list("decisions", decisions.map(({ kind, outcome, count }) => [`${kind}: ${outcome}`, count]), "No request yet.");
  const isReported = reported.same + reported.would_refuse + reported.would_allow > 0;
  find("report-only-counts").hidden = !isReported;
  list("report-only-list", [["Same", reported.same], ["Would be refused", reported.would_refuse], ["Would be allowed", reported.would_allow]]);
  find("routes").hidden = routes.length === 0;
  find("route-rows").replaceChildren(...routes.map((route) => {
    const label = [route.methods, route.path].filter(Boolean).join(" ");
    const counts = [route.allowed, route.refused, route.preflights_allowed, route.preflights_refused];
    return node("tr", "", node("td", "code", label), ...counts.map((count) => node("td", "", count)));
  }));
}

function liveSet({ keys, origins, age: since, left_out: leftOut, feed }) {
  const content = plural(origins, "origin", "origins") + (keys === null ? "" : ` of ${plural(keys, "key", "keys")}`);
  const when = since === null ? "never filled" : `${age(since)} old`;
  const left = leftOut > 0 ? `; ${leftOut} left out` : "";
  const failing = feed?.is_failing ? "; the last load failed, see the log" : "";
  return `${content}, ${when}${left}${failing}`;
}

function list(id, entries, otherwise = "") {
  const items = entries.flatMap(([name, value]) => [node("dt", "", name), node("dd", "", value)]);
  find(id).replaceChildren(...(items.length > 0 ? items : [node("dt", "soft", otherwise)]));
}

function age(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function plural(count, one, several) {
  return `${count} ${count === 1 ? one : several}`;
}

function shorten(text) {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function pill(name, text) {
  return node("span", `pill ${name}`, text);
}

/// Text with code between backticks.
function rich(text) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? node("code", "", part) : part));
}

/// An element with text nodes and elements in it.
function node(tag, name = "", ...content) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...content);
  return element;
}

start();
