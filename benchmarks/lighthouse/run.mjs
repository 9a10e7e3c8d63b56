// Lighthouse over the built site, mobile preset, without the network. usage: node run.mjs SITE BASE PAGE…
// The site is served below BASE with gzip, as a host of static pages serves it. Prints the scores, and for each that
// is not 100 the audits that cost it. CHROME_PATH names the browser.
import {createServer} from "node:http";
import {readFile} from "node:fs/promises";
import {extname, join, normalize} from "node:path";
import {gzipSync} from "node:zlib";
import * as chromeLauncher from "chrome-launcher";
import lighthouse from "lighthouse";

const [site, base, ...pages] = process.argv.slice(2);
const TYPES = {
  ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json",
  ".svg": "image/svg+xml", ".woff2": "font/woff2", ".xml": "application/xml", ".txt": "text/plain; charset=utf-8",
};

const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  const below = path.startsWith(base) ? path.slice(base.length) : "no/such/file";
  const file = join(site, below.endsWith("/") || below === "" ? `${below}index.html` : below);
  try {
    const body = await readFile(file), type = TYPES[extname(file)] ?? "application/octet-stream";
    const packed = extname(file) === ".woff2" ? body : gzipSync(body);
    response.writeHead(200, {
      "Content-Type": type, "Cache-Control": "max-age=600", ...(packed === body ? {} : {"Content-Encoding": "gzip"}),
    });
    response.end(packed);
  } catch {
    response.writeHead(404, {"Content-Type": "text/html"});
    response.end("not found");
  }
});
await new Promise(done => server.listen(0, "127.0.0.1", done));

const chrome = await chromeLauncher.launch({chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"]});
let isPerfect = true;
try {
  for (const page of pages) {
    const url = `http://127.0.0.1:${server.address().port}${base}${page}`;
    const {lhr} = await lighthouse(url, {port: chrome.port, output: "json", logLevel: "error"});
    const scores = Object.values(lhr.categories).map(category => [category.title, Math.round(category.score * 100)]);
    console.log(`/${page}: ${scores.map(([title, score]) => `${title} ${score}`).join(", ")}`);
    const timed = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];
    console.log(`  ${timed.map(id => `${lhr.audits[id].title} ${lhr.audits[id].displayValue}`).join(", ")}`);
    for (const category of Object.values(lhr.categories)) {
      if (Math.round(category.score * 100) === 100) continue;
      isPerfect = false;
      for (const {id, weight} of category.auditRefs) {
        const audit = lhr.audits[id];
        if (weight && audit.score !== null && audit.score < 0.995) console.log(`  ${category.title}: ${audit.title} (${audit.score}) ${audit.displayValue ?? ""}`);
        for (const item of audit.score !== null && weight && audit.score < 0.995 ? audit.details?.items?.slice(0, 5) ?? [] : []) {
          if (item.node) console.log(`    ${item.node.selector}`);
        }
      }
    }
  }
} finally {
  await chrome.kill();
  server.close();
}
process.exitCode = isPerfect ? 0 : 1;
