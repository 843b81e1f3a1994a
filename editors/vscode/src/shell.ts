// The page in which the preview stands. Nothing here needs VS Code.

/**
 * It shows what it is told in messages: `page`, a whole page without scripts, of which the reader's place is kept;
 * `refused`, a sentence over what was shown before; `rule`, the name of a rule to show.
 */
export function shell(nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'">
<style id="own"></style>
<style>
  html body { margin: 0 auto; }
  #refused { position: sticky; top: 0; background: #fff3cd; color: #3b2f00; border-bottom: 2px solid #b58900; padding: .6rem .8rem; }
  #refused:empty { display: none; }
  .old { opacity: .45; }
  .here { outline: 2px solid #0b4f9e; outline-offset: 4px; }
</style></head><body>
<div id="refused" role="status"></div>
<div id="page"></div>
<script nonce="${nonce}">
const api = acquireVsCodeApi();
const page = document.getElementById("page");
const refused = document.getElementById("refused");
let rule = "";
function mark(scroll) {
  for (const one of document.querySelectorAll(".here")) one.classList.remove("here");
  if (rule === "") return;
  for (const one of page.querySelectorAll("p > strong:only-child")) {
    if (one.textContent.replace(/^\\S+\\.\\s+/, "") !== rule) continue;
    one.parentElement.classList.add("here");
    if (scroll) one.parentElement.scrollIntoView({ block: "center" });
    return;
  }
}
window.addEventListener("message", (event) => {
  const told = event.data;
  if (told.page !== undefined) {
    const made = new DOMParser().parseFromString(told.page, "text/html");
    document.getElementById("own").textContent = [...made.querySelectorAll("style")].map((one) => one.textContent).join("\\n");
    page.replaceChildren(...made.body.childNodes);
    refused.textContent = "";
    page.classList.remove("old");
    mark(false);
  }
  if (told.refused !== undefined) {
    refused.textContent = told.refused + (page.childNodes.length > 0 ? " Below stands what was shown before." : "");
    page.classList.add("old");
  }
  if (told.rule !== undefined && told.rule !== rule) {
    rule = told.rule;
    mark(true);
  }
});
api.postMessage("ready");
</script>
</body></html>
`;
}
