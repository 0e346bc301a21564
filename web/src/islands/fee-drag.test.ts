import { afterEach, beforeEach, expect, test } from "vitest";
import { drag, FeeDrag } from "./fee-drag";

const TABLE = `<fee-drag data-label="Your capital" data-yours="Yours"><table>
  <thead><tr><th>Of</th><th>$1,000</th></tr></thead>
  <tbody><tr data-year="34800"><th>Basic</th><td>34.8 %</td></tr></tbody>
</table></fee-drag>`;

beforeEach(() => sessionStorage.clear());
afterEach(() => document.body.replaceChildren());

function yours(): string {
  return document.querySelector("td.yours")?.textContent ?? "";
}

test("the fee of a year as a share of a capital, as the server works it out", () => {
  expect(drag(34_800, 1_000)).toBe("34.8 %");
  expect(drag(598_800, 10_000)).toBe("59.9 %");
  expect(drag(598_800, 10)).toBe("59,880.0 %");
});

test("no capital, no share", () => {
  for (const capital of [0, -5, NaN]) expect(drag(34_800, capital)).toBe("–");
});

test("fee-drag adds a column for the reader's own capital and keeps it for the next page", () => {
  document.body.innerHTML = TABLE;
  expect(document.querySelector("label")?.htmlFor).toBe("capital");
  expect(yours()).toBe("–");
  const input = document.querySelector("input")!;
  input.value = "5000";
  input.dispatchEvent(new Event("input"));
  expect(yours()).toBe("7.0 %");
  document.body.innerHTML = TABLE;
  expect(yours()).toBe("7.0 %");
});

test("fee-drag put elsewhere on the page does not add itself twice", () => {
  document.body.innerHTML = TABLE;
  const element = document.querySelector("fee-drag") as FeeDrag;
  document.body.append(element);
  expect(document.querySelectorAll("td.yours")).toHaveLength(1);
});
