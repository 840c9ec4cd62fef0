// Runs in the one page of the matrix: opens the other documents and workers, and hands each case's
// requests to them one after the other.
"use strict";

const html = `<!doctype html><script src="${origin}/agent.js"></script>`;
const imports = `importScripts("${origin}/agent.js");`;
const blob = (text, type) => URL.createObjectURL(new Blob([text], { type }));

const contexts = {
    "a frame": () => frame({ src: "/blank" }),
    "a page without referrer": () => frame({ src: "/no-referrer" }),
    "second": ({ second }) => frame({ src: `${second}/blank` }),
    "unlisted": ({ unlisted }) => frame({ src: `${unlisted}/blank` }),
    "another site": ({ site }) => frame({ src: `${site}/blank` }),
    "a site": ({ app_site }) => frame({ src: `${app_site}/blank` }),
    "api": ({ api }) => frame({ src: `${api}/blank` }),
    "a sandboxed frame": () => frame({ src: "/blank", sandbox: "allow-scripts allow-forms" }),
    "a data: frame": () => frame({ src: `data:text/html,${encodeURIComponent(html)}` }),
    "a blob: frame": () => frame({ src: blob(html, "text/html") }),
    "a srcdoc frame": () => frame({ srcdoc: html }),
    "a sandboxed srcdoc frame": () => frame({ srcdoc: html, sandbox: "allow-scripts" }),
    "a worker": async () => new Worker("/agent.js"),
    "a module worker": async () => new Worker("/agent.js", { type: "module" }),
    "a blob: worker": async () => new Worker(blob(imports, "text/javascript")),
    "a shared worker": async () => new SharedWorker("/agent.js").port,
    "a service worker": () => activated("/agent.js"),
    "a frame with a service worker": async () => {
        await activated("/served/worker.js");
        return frame({ src: "/served/blank" });
    },
    "a data: worker": async () => new Worker(`data:text/javascript,${encodeURIComponent(imports)}`),
};

function frame(attributes) {
    const it = document.createElement("iframe");
    for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
    return new Promise((resolve) => {
        it.onload = () => resolve(it.contentWindow);
        document.body.append(it);
    });
}

async function activated(script) {
    const registration = await navigator.serviceWorker.register(script);
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    if (worker.state !== "activated") {
        await new Promise((resolve) => {
            worker.onstatechange = () => { if (worker.state === "activated") resolve(); };
        });
    }
    return worker;
}

// A function that performs a request there.
async function connect(target) {
    const { port1: port, port2: theirs } = new MessageChannel();
    const waiting = new Map();
    const ready = new Promise((resolve) => {
        port.onmessage = ({ data }) => {
            if (data === "ready") return resolve();
            const [key, result] = data;
            waiting.get(key)(result);
        };
    });
    // A window of another origin shows no more than that it is one.
    if (target.window === target) target.postMessage("connect", "*", [theirs]);
    else target.postMessage("connect", [theirs]);
    await ready;
    return (request) => new Promise((resolve) => {
        const key = waiting.size;
        waiting.set(key, resolve);
        port.postMessage({ ...request, key });
    });
}

// An address without an answer must not keep the others from being told.
const patience = (promise) => Promise.race([
    promise,
    new Promise((resolve) => setTimeout(() => resolve({ sees: "nothing within 60 s" }), 60_000)),
]);

// Firefox does not use the first preflights that it caches after it has started: two at most.
async function warmUp({ bare }) {
    const allow = ["Origin", "Methods"].map((name) => `preflight=Access-Control-Allow-${name}: *`);
    const query = [...allow, "header=Access-Control-Allow-Origin: *"].map(encodePair).join("&");
    for (let i = 0; i < 3; i++) await fetch(`${bare}/warm-up?${query}`, { method: "PUT" });
}

function encodePair(pair) {
    const [key, value] = pair.split("=");
    return `${key}=${encodeURIComponent(value)}`;
}

// Some at a time, so that the steps of a case follow each other without delay; those that wait first.
async function inTurns(cases, run) {
    const wait = (requests) => requests.reduce((sum, request) => sum + request.wait, 0);
    const ids = [...cases.keys()].sort((a, b) => wait(cases[b]) - wait(cases[a]));
    const results = [];
    const work = async () => {
        while (ids.length) {
            const id = ids.shift();
            results[id] = await run(cases[id], id);
        }
    };
    await Promise.all(Array.from({ length: 24 }, work));
    return results;
}

async function drive({ cases, origins }) {
    document.cookie = "session=1";
    await warmUp(origins);
    const performers = new Map([["page", perform]]);
    const used = new Set(cases.flat().map(({ from }) => from));
    used.delete("page");
    await Promise.all([...used].map(async (name) => {
        performers.set(name, await connect(await contexts[name](origins)));
    }));

    const run = async (requests, id) => {
        const results = [];
        for (const request of requests) {
            await new Promise((resolve) => setTimeout(resolve, request.wait * 1000));
            results.push(await patience(performers.get(request.from)(request)));
            await fetch(`/step?case=${id}&events=${request.events}`, { cache: "no-store" });
        }
        return results;
    };
    return inTurns(cases, run);
}
