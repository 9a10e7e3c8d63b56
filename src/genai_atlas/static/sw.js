// Keeps the whole site for reading offline. It is registered only when a reader asks for it on the page "Your atlas".
// The build writes the version of its list of files into VERSION, so that each build is a new worker: the browser looks
// for one at each load, and installs it beside the one at work. It fills a cache of its own first and takes over then.
"use strict";
const VERSION = "";
const SCOPE = self.registration.scope, ROOT = new URL(SCOPE).pathname;
const PREFIX = `atlas-offline ${ROOT} `, NAME = PREFIX + VERSION;
const LIST = "assets/offline.json", ELDERS = "assets/elders.json";

const digest = async body =>
  btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", body)))).slice(0, 12);
const kept = (cacheName, path) => caches.match(SCOPE + path, {cacheName});
const others = async () => (await caches.keys()).filter(key => key.startsWith(PREFIX) && key !== NAME);
const tell = async message => {
  const pages = await self.clients.matchAll({includeUncontrolled: true, type: "window"});
  for (const page of pages) page.postMessage({...message, version: VERSION});
};

// What an older build has with the same hash is copied. What comes over the network has to have the hash of the list:
// while a host replaces a site it may answer with files of both.
const obtain = async (path, hash, old) => {
  for (const name of old) {
    const found = await kept(name, path);
    if (found?.headers.get("atlas-hash") === hash) return found;
  }
  const answer = await fetch(SCOPE + path.replace(/(^|\/)index\.html$/, "$1"), {cache: "no-cache"});
  if (!answer.ok) throw Error(`the site answered ${answer.status} for ${path}`);
  const body = await answer.arrayBuffer();
  if (await digest(body) !== hash) throw Error("the site is being replaced at this moment");
  return new Response(body, {headers: {"content-type": answer.headers.get("content-type") ?? "", "atlas-hash": hash}});
};

const fill = async () => {
  const answer = await fetch(SCOPE + LIST, {cache: "no-store"}), list = await answer.clone().json();
  if (list.version !== VERSION) throw Error("the site is being replaced at this moment");
  const cache = await caches.open(NAME), old = await others(), rest = [...list.files];
  let done = 0, told = 0;
  const work = async () => {
    for (let file; (file = rest.pop());) {
      const [path, hash, size] = file;
      await cache.put(SCOPE + path, await obtain(path, hash, old));
      done += size;
      if (done - told > list.bytes / 50) tell({done: told = done, bytes: list.bytes});
    }
  };
  try {
    await Promise.all(Array.from({length: 6}, work));
    await cache.put(SCOPE + LIST, answer);
  } finally {
    rest.length = 0;
  }
};

const make = async () => {
  try {
    await fill();
  } catch (error) {
    await caches.delete(NAME);
    await tell({error: error.name === "QuotaExceededError" ? "its storage is full" : error.message});
    throw error;
  }
};

self.addEventListener("install", event => event.waitUntil(make().then(() => self.skipWaiting())));
// A worker whose copy was removed lives on until its last page is closed. Asked again by then, it is not installed anew.
self.addEventListener("message", event => {
  if (event.data === "make") event.waitUntil(make().then(() => tell({whole: true}), () => {}));
});

// Pages that were opened with an older build go on with its files; its cache goes when the last of them is closed.
self.addEventListener("activate", event => event.waitUntil((async () => {
  const old = await others(), open = await self.clients.matchAll({type: "all", includeUncontrolled: true});
  const last = old.length && open.length ? old.at(-1) : "";
  if (last) {
    const cache = await caches.open(NAME), elders = {cache: last, clients: open.map(client => client.id)};
    await cache.put(SCOPE + ELDERS, new Response(JSON.stringify(elders)));
  }
  for (const name of old) if (name !== last) await caches.delete(name);
  await self.clients.claim();
})()));

const elders = async () => (await kept(NAME, ELDERS))?.json();
const release = async () => {
  const old = await elders();
  if (!old) return;
  const open = new Set((await self.clients.matchAll({type: "all"})).map(client => client.id));
  if (old.clients.some(id => open.has(id))) return;
  await caches.delete(old.cache);
  await (await caches.open(NAME)).delete(SCOPE + ELDERS);
};

const answer = async (request, client) => {
  const url = new URL(request.url), path = url.pathname.slice(ROOT.length);
  const old = request.mode === "navigate" ? null : await elders();
  const from = old?.clients.includes(client) ? old.cache : NAME;
  const found = await kept(from, path === "" || path.endsWith("/") ? `${path}index.html` : path);
  if (found) return found;
  if (await kept(from, `${path}/index.html`)) return Response.redirect(`${url.origin}${url.pathname}/${url.search}`);
  try {
    return await fetch(request);
  } catch (error) {
    const lost = request.mode === "navigate" && await kept(NAME, "404.html");
    if (!lost) throw error;
    return new Response(lost.body, {status: 404, headers: lost.headers});
  }
};

self.addEventListener("fetch", event => {
  if (event.request.method !== "GET" || !event.request.url.startsWith(SCOPE)) return;
  event.respondWith(answer(event.request, event.clientId));
  if (event.request.mode === "navigate") event.waitUntil(release());
});
