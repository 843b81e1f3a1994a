// A person's session with the packaged extension in a real VS Code in the browser: `try-in-browser.sh` sets it up.
// Takes a screenshot of each step, and fails where what should be seen does not come.
//   node session.mjs ADDRESS FOLDER PICTURES

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { createRequire } from "node:module";

// From NODE_PATH: the project itself needs no browser.
const { chromium } = createRequire(import.meta.url)("playwright-core");

const [address, folder, pictures] = process.argv.slice(2);
const PATIENCE = 240_000;
await mkdir(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
page.setDefaultTimeout(PATIENCE);
let number = 0;
let failed = 0;

async function step(name, does) {
  const began = Date.now();
  let said = "ok";
  try {
    await does();
  } catch (error) {
    failed += 1;
    said = `FAILED ${String(error).split("\n")[0]}`;
  }
  number += 1;
  await page.screenshot({ path: join(pictures, `${String(number).padStart(2, "0")}-${name}.png`) });
  const toasts = await page.locator(".notification-toast .notification-list-item-message").allInnerTexts();
  console.log(`${name}: ${said} (${((Date.now() - began) / 1000).toFixed(1)} s)${toasts.length ? `; messages: ${toasts.join(" | ")}` : ""}`);
}

const see = (selector, text) => page.locator(selector, text === undefined ? {} : { hasText: text }).first().waitFor();

/** Does something until it shows: on a busy machine the editor may not be ready for it yet. */
async function until(does, selector, text) {
  for (let tries = 0; tries < 6; tries += 1) {
    await does();
    const shown = await page.locator(selector, { hasText: text }).first().waitFor({ timeout: PATIENCE / 6 }).then(() => true, () => false);
    if (shown) return;
    await page.keyboard.press("Escape");
  }
  throw new Error(`${text} is not shown`);
}

async function command(words) {
  await page.keyboard.press("F1");
  await see(".quick-input-widget input");
  await page.keyboard.type(words, { delay: 5 });
  await see(".quick-input-list .monaco-list-row", words);
  await page.keyboard.press("Enter");
}

async function open(file) {
  await page.keyboard.press("Control+P");
  await see(".quick-input-widget input");
  await page.keyboard.type(file, { delay: 5 });
  await see(".quick-input-list .monaco-list-row", file);
  await page.keyboard.press("Enter");
  await see(".tab.active", file);
}

async function goTo(line) {
  await page.keyboard.press("Control+G");
  await see(".quick-input-widget input");
  await page.keyboard.type(String(line), { delay: 20 });
  await page.keyboard.press("Enter");
  await page.waitForTimeout(300);
}

async function frameWith(text) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    for (const frame of page.frames()) {
      const found = await frame.locator(`text=${text}`).first().isVisible().catch(() => false);
      if (found) return frame;
    }
    await page.waitForTimeout(250);
  }
  throw new Error(`no page shows: ${text}`);
}

await page.goto(`${address}/?folder=${encodeURIComponent(folder)}`, { waitUntil: "domcontentloaded" });
await step("open", async () => {
  await see(".monaco-workbench");
  await see(".explorer-folders-view", "sales.rules");
  await open("slips.rules");
});

await step("findings", async () => {
  await see(".squiggly-error");
  await page.keyboard.press("Control+Shift+M");
  await see(".markers-panel", "transfr");
});

await step("quick-fix", async () => {
  await page.locator(".view-line", { hasText: "transfr" }).first().click();
  await goTo("5:5");
  await until(() => page.keyboard.press("Control+."), ".action-widget", "Write");
});

await step("mended", async () => {
  await page.keyboard.press("Enter");
  await see(".view-line", "transfer to sales_desk");
});

await step("completion", async () => {
  await page.keyboard.press("Control+End");
  await page.keyboard.type("on intent=late then transfer to sales_d", { delay: 15 });
  await page.keyboard.press("Control+Space");
  await see(".suggest-widget.visible", "sales_desk");
});

await step("completed", async () => {
  await page.keyboard.press("Enter");
  await see(".view-line", "transfer to sales_desk");
  await page.keyboard.press("Control+S");
});

await step("hover", async () => {
  await goTo("5:5");
  await command("Show or Focus Hover");
  await see(".monaco-hover-content", "transfer");
});

await step("lens", async () => {
  await page.keyboard.press("Escape");
  await page.locator(".codelens-decoration a", { hasText: "Run this test" }).first().click();
  await see(".view-line", "Happened:");
});

await step("test-explorer", async () => {
  await page.keyboard.press("Escape");
  await command("Test: Run All Tests");
  await command("Testing: Focus on Test Explorer View");
  await see(".test-explorer", "sales.rules");
  await see(".test-explorer .testing-run-icon, .test-explorer .codicon-testing-passed-icon");
});

await step("preview", async () => {
  await open("sales.rules");
  await command("flowrules: Show Beside What These Rules Do");
  await frameWith("How to read this page");
});

await step("explore", async () => {
  await open("sales.rules");
  await goTo(60);
  await command("flowrules: Explore This Rule");
  await frameWith("The rule “Wrong number”");
});

await step("event", async () => {
  await open("sales.rules");
  await command("flowrules: Show Beside What an Event Would Send");
  await see(".quick-input-widget input");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("intent=wrong_number");
  await page.keyboard.press("Enter");
  await see(".view-line", "takes the event");
});

await step("snippets", async () => {
  await open("slips.rules");
  await command("Snippets: Insert Snippet");
  await see(".quick-input-list", "opening hours");
});

await step("task", async () => {
  await page.keyboard.press("Escape");
  await command("Tasks: Run Build Task");
  await see(".quick-input-list", "check");
  await page.keyboard.press("Enter");
  await see(".terminal-wrapper, .xterm");
  await page.waitForTimeout(3000);
});

await browser.close();
assert.equal(failed, 0, `${failed} of ${number} steps failed`);
