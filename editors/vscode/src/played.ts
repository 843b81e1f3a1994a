// How a test went, as the server says it. Nothing here needs VS Code.

import type { DocumentSymbol, Range } from "vscode-languageserver-protocol";

/** What the server's command `flowrules.runTest` returns. */
export interface Played {
  readonly passed: boolean;
  readonly told: string;
  readonly shortfalls: readonly Shortfall[];
}

export interface Shortfall {
  readonly range: Range;
  readonly message: string;
}

export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly shortfalls: readonly Shortfall[] }
  | { readonly kind: "errored"; readonly why: string };

/** A test that says nowhere what fell short was not played: that is an error, never a pass. */
export function outcomeOf(result: unknown): Outcome {
  if (!isPlayed(result)) return { kind: "errored", why: "The server did not say how this test went." };
  if (result.passed) return { kind: "passed" };
  if (result.shortfalls.length > 0) return { kind: "failed", shortfalls: result.shortfalls };
  return { kind: "errored", why: result.told };
}

/** A test of a file: its name, and where it stands. */
export interface NamedTest {
  readonly name: string;
  readonly range: Range;
}

/** The tests in a file's outline, in written order. */
export function testsIn(outline: readonly DocumentSymbol[]): NamedTest[] {
  return outline.filter((one) => one.detail === "test").map((one) => ({ name: one.name, range: one.range }));
}

function isPlayed(result: unknown): result is Played {
  if (typeof result !== "object" || result === null) return false;
  const { passed, told, shortfalls } = result as Partial<Played>;
  return typeof passed === "boolean" && typeof told === "string" && Array.isArray(shortfalls);
}
