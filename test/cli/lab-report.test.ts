import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type * as PageModule from "../../dist/cli/lab/report/page.js";
import { labDocument } from "./lab-document.js";
import { folderFor, root } from "./support.js";

const { renderPage } = (await import(path.join(root, "dist/node/lab-report.js"))) as typeof PageModule;

const limit = { timeout: 90_000 };
const screenshots = path.join(root, "build/screenshots");

/** Where Linux systems and macOS have it. */
const executablePath = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find(existsSync);
const skip = executablePath ? false : "there is no Chromium here: apt-get install chromium";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function browserFor(context: TestContext): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: executablePath!, headless: true, args });
  context.after(() => browser.close());
  return browser;
}

async function reportIn(context: TestContext): Promise<string> {
  const file = path.join(await folderFor(context), "report.html");
  await writeFile(file, renderPage(labDocument));
  return pathToFileURL(file).href;
}

/** Opens the report; whatever the page complains of, or loads besides itself, comes into the list. */
async function opened(page: Page, url: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:"))
      complaints.push(`loads ${request.url()}`);
  });
  await page.goto(url);
  return complaints;
}

test("a report in Chromium: nothing is complained of or loaded, and every chart is drawn", {
  ...limit,
  skip,
}, async (t) => {
  const browser = await browserFor(t);
  const url = await reportIn(t);
  await mkdir(screenshots, { recursive: true });
  const grounds: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 900, height: 1200 } });
    assert.deepEqual(await opened(page, url), []);
    // of six figures one is a table and one has nothing to draw
    const charts = await page.locator("figure svg[role=img]").all();
    assert.equal(charts.length, 4);
    for (const chart of charts) {
      assert.match(
        (await chart.getAttribute("aria-label")) ?? "",
        /^(?:Speed-up & <more>|Waits|The same tasks|Who had)/,
      );
      const shapes = await chart.locator("path, rect, circle").all();
      const boxes = await Promise.all(shapes.map((shape) => shape.boundingBox()));
      assert.ok(
        boxes.filter((box) => box !== null && box.width > 5 && box.height > 1).length > 1,
        "it is empty",
      );
    }
    const colors = await page.evaluate(
      `[...document.querySelectorAll("svg [fill^='var(--series']")].map((node) => getComputedStyle(node).fill)`,
    );
    assert.ok((colors as string[]).length > 0);
    for (const color of colors as string[]) assert.match(color, /^rgb\((?!0, 0, 0)/);
    grounds.push(String(await page.evaluate("getComputedStyle(document.body).backgroundColor")));
    await page.screenshot({ path: path.join(screenshots, `lab-${colorScheme}.png`), fullPage: true });
  }
  assert.notEqual(grounds[0], grounds[1]);
});

test("a report with scripts off: all text and a table behind each figure can be read", {
  ...limit,
  skip,
}, async (t) => {
  const browser = await browserFor(t);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  assert.deepEqual(await opened(page, await reportIn(t)), []);
  assert.deepEqual(await page.locator("h2").allTextContents(), ["The first", "The second", "The third"]);
  assert.equal(await page.locator("figure table").count(), 6);
  const rows = page.locator("figure").nth(2).locator("tbody tr");
  assert.deepEqual(await rows.locator("th").allTextContents(), ["no threads", "free threads"]);
  assert.deepEqual(await rows.first().locator("td").allTextContents(), ["12.5", "11", "14"]);
  assert.ok(await rows.first().isVisible());
  const text = await page.locator("body").innerText();
  for (const said of [
    "One sees this.",
    "Do that.",
    "Something is unavailable.",
    "A <processor>",
    "out of <luck>",
  ]) {
    assert.ok(text.includes(said), said);
  }
  assert.equal(await page.locator("nav a").count(), 3);
});

test("a report on paper fits its width and is light, whatever the screen is", {
  ...limit,
  skip,
}, async (t) => {
  const page = await (await browserFor(t)).newPage({
    colorScheme: "dark",
    viewport: { width: 700, height: 900 },
  });
  await page.goto(await reportIn(t));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
  assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
});

test("a report has no text that a page could take for its own", () => {
  const page = renderPage(labDocument);
  assert.ok(page.includes("Speed-up &amp; &lt;more&gt;"));
  assert.doesNotMatch(page, /<(?:more|processor|luck)>/);
});
