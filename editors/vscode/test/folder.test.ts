import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { ruleSetOf } from "../src/folder.js";
import { words } from "../src/words.js";
import { folderOf } from "./real.js";

test("a rule set goes up as far as rule files stand in each folder, within what is open", () => {
  const folder = folderOf({ "top.rules": "", "a/one.rules": "", "a/b/two.rules": "", "c/d/three.rules": "" });
  const at = (name: string) => join(folder.path, name);
  assert.equal(ruleSetOf(at("a/b/two.rules"), [folder.path]), folder.path);
  assert.equal(ruleSetOf(at("a/b/two.rules"), [at("a")]), at("a"));
  assert.equal(ruleSetOf(at("a/b/two.rules"), []), at("a/b"));
  assert.equal(ruleSetOf(at("c/d/three.rules"), [folder.path]), at("c/d"));
  folder.done();
});

test("a line is cut into words as a shell does it", () => {
  assert.deepEqual(words(""), []);
  assert.deepEqual(words('  intent=sales   said="call me" -f plan=gold '), ["intent=sales", "said=call me", "-f", "plan=gold"]);
  assert.deepEqual(words("said='he said \"no\"' x=“a b”"), ['said=he said "no"', "x=a b"]);
  assert.deepEqual(words('empty=""'), ["empty="]);
});
