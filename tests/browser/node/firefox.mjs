// Opens pages of the built site in Firefox, over WebDriver BiDi, and prints what each was heard to say.
// usage: node firefox.mjs FIREFOX '[["name", "url"], …]'
// stdout: {"name": {"said": […], "refused": […], "math": […], "width": 390}} per page, as JSON
import puppeteer from "puppeteer-core";

const [executablePath, pages] = [process.argv[2], JSON.parse(process.argv[3])];
const browser = await puppeteer.launch({browser: "firefox", executablePath, headless: true});
const heard = {};
try {
  for (const [name, url] of pages) {
    const tab = await browser.newPage();
    const said = [];
    await tab.setViewport({width: 1280, height: 900});
    tab.on("console", message => { if (["error", "warn", "warning"].includes(message.type())) said.push(message.text()); });
    tab.on("pageerror", error => said.push(String(error)));
    await tab.evaluateOnNewDocument(() => {
      globalThis.refused = [];
      addEventListener("securitypolicyviolation", event => refused.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    await tab.goto(url, {waitUntil: "load"});
    await new Promise(done => setTimeout(done, 600));
    const seen = await tab.evaluate(() => ({
      refused: globalThis.refused,
      // A formula is drawn if it is wider and higher than nothing, and its raised parts stand above the line.
      math: [...document.querySelectorAll("math")].filter(math => math.checkVisibility()).map(math => {
        const box = math.getBoundingClientRect();
        return [Math.round(box.width), Math.round(box.height)];
      }),
      fonts: [...document.fonts].filter(font => font.status === "loaded").map(font => font.family.replaceAll('"', "")),
      text: document.querySelector("main, article")?.innerText.length ?? 0,
      results: document.querySelectorAll("[data-atlas-search=results] a, .atlas-versus td, .atlas-path > li").length,
    }));
    heard[name] = {said, ...seen};
    await tab.close();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(heard));
