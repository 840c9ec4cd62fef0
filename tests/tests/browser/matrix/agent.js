// Runs in every document and worker that makes requests: `perform` does what one request of the
// matrix says and tells what a script could see of the answer.
"use strict";

const ways = {
    async "fetch"({ url, method, headers, body, init }) {
        return seen(await fetch(url, { method, headers, body, ...init }));
    },

    async "fetch with a stream"({ url, method, headers, body, init }) {
        const stream = new ReadableStream({
            start(controller) {
                controller.enqueue(new TextEncoder().encode(body));
                controller.close();
            },
        });
        return seen(await fetch(url, { method, headers, body: stream, duplex: "half", ...init }));
    },

    "XMLHttpRequest": (request) => transfer(request, () => {}),

    "XMLHttpRequest with an upload listener": (request) =>
        transfer(request, (xhr) => xhr.upload.addEventListener("progress", () => {})),

    async "sendBeacon"({ url, body, type }) {
        return { sees: navigator.sendBeacon(url, new Blob([body], { type })) ? "queued" : "refused" };
    },

    async "import()"({ url }) {
        return { sees: (await import(url)).default };
    },

    "script": (request) => element("script", request, (it) => { it.src = request.url; }),

    "module script": (request) =>
        element("script", request, (it) => { it.type = "module"; it.src = request.url; }),

    "stylesheet": (request) =>
        element("link", request, (it) => { it.rel = "stylesheet"; it.href = request.url; }),

    async "image on a canvas"(request) {
        const image = new Image();
        Object.assign(image, request.init);
        const loaded = settled(image);
        image.src = request.url;
        if (await loaded !== "loaded") return { sees: "blocked" };
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.drawImage(image, 0, 0);
        try {
            return { sees: `${canvas.getImageData(0, 0, 1, 1).data.length} samples` };
        } catch (error) {
            return { sees: "tainted", note: String(error) };
        }
    },

    // Fonts are always CORS requests. Loading one ahead tells of the answer without decoding it.
    "font": (request) =>
        element("link", request, (it) => {
            Object.assign(it, { rel: "preload", as: "font", crossOrigin: "anonymous" });
            it.href = request.url;
        }),

    "form": (request) => navigated((frame) => submit(request, frame.name)),

    // What a tab of another origin loads, its opener is not told.
    async "form in a tab"(request) {
        submit(request, "_blank");
        return { sees: "opened" };
    },

    async "tab"({ url }) {
        open(url, "_blank", "noopener");
        return { sees: "opened" };
    },

    "frame": ({ url }) => navigated((frame) => { frame.src = url; }),

    "WebSocket": ({ url }) => new Promise((resolve) => {
        const socket = new WebSocket(url.replace("http", "ws"));
        socket.onmessage = ({ data }) => { resolve({ sees: data }); socket.close(); };
        socket.onerror = () => resolve({ sees: "blocked" });
    }),

    "EventSource": ({ url, init }) => new Promise((resolve) => {
        const events = new EventSource(url, init);
        events.onmessage = ({ data }) => { resolve({ sees: data }); events.close(); };
        events.onerror = () => { resolve({ sees: "blocked" }); events.close(); };
    }),

    "Worker": ({ url }) => new Promise((resolve) => {
        const worker = new Worker(url);
        worker.onmessage = ({ data }) => resolve({ sees: data });
        worker.onerror = () => resolve({ sees: "blocked" });
    }),
};

async function seen(answer) {
    // Reads to the end: a body that may not be read fails here.
    const body = await answer.text();
    const headers = [...answer.headers.keys()];
    if (!answer.type.startsWith("opaque")) return { sees: String(answer.status), headers };
    const shown = { "a status": answer.status, headers: headers.length, "a body": body.length };
    const names = Object.keys(shown).filter((name) => shown[name]);
    const note = `${answer.status} ${headers} ${body}`;
    return { sees: names.length ? `${answer.type} with ${names.join(", ")}` : answer.type, note };
}

function transfer({ url, method, headers, body, init }, listen) {
    return new Promise((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open(method, url);
        for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
        xhr.withCredentials = init.credentials === "include";
        listen(xhr);
        xhr.onerror = () => resolve({ sees: "blocked" });
        xhr.onload = () => {
            const lines = xhr.getAllResponseHeaders().split("\r\n").filter(Boolean);
            resolve({ sees: String(xhr.status), headers: lines.map((line) => line.split(":")[0]) });
        };
        xhr.send(body);
    });
}

function settled(it) {
    return new Promise((resolve) => {
        it.onload = () => resolve("loaded");
        it.onerror = () => resolve("blocked");
    });
}

async function element(name, { init }, fill) {
    const it = document.createElement(name);
    Object.assign(it, init);
    fill(it);
    const sees = settled(it);
    document.head.append(it);
    return { sees: await sees };
}

function submit({ url, method, body, init }, target) {
    const form = document.createElement("form");
    Object.assign(form, { action: url, method, target, ...init });
    for (const [name, value] of new URLSearchParams(body)) {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value });
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}

async function navigated(go) {
    const frame = document.createElement("iframe");
    // A form finds frames by name also in other documents of the page.
    frame.name = `frame ${Math.random()}`;
    document.body.append(frame);
    // What follows is the load of the answer, not that of the empty document before it.
    const loaded = settled(frame);
    go(frame);
    await loaded;
    let text = null;
    try {
        text = frame.contentDocument?.body.innerText ?? null;
    } catch {
        // The document is of another origin.
    }
    return { sees: text === null ? "unreadable" : "readable" };
}

async function perform(request) {
    try {
        return await ways[request.by](request);
    } catch (error) {
        const isNetwork = error instanceof TypeError || error.name === "NetworkError";
        return { sees: isNetwork ? "blocked" : error.name, note: String(error) };
    }
}

function serve({ ports: [port] }) {
    if (!port) return;
    port.onmessage = async ({ data }) => port.postMessage([data.key, await perform(data)]);
    port.postMessage("ready");
}

addEventListener("message", serve);
// A shared worker.
addEventListener("connect", ({ ports: [port] }) => { port.onmessage = serve; });
