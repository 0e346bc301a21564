import { afterEach, expect, test, vi } from "vitest";
import "./equity-chart";
import { percent, phasesOf, pointsOf } from "./equity-points";

const CURVE = {
  opening_cash: "100000",
  opened_at: "2021-09-27T13:45:00.000Z",
  data: [
    { at: "2021-09-28T00:00:00.000Z", equity: "110000" },
    { at: "2021-09-29T00:00:00.000Z", equity: "99000" },
  ],
};

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

test("equity-chart leaves the drawing where it is and adds one real button", () => {
  document.body.innerHTML = `<equity-chart src="/x"><svg aria-label="words"></svg></equity-chart>`;
  const buttons = document.querySelectorAll("equity-chart button");
  expect(document.querySelector("svg")).not.toBeNull();
  expect([...buttons].map((button) => button.textContent)).toEqual([
    "Study the chart",
  ]);
});

test("equity-chart keeps the drawing and offers another try where nothing loads", async () => {
  vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response("", { status: 503 })),
  );
  document.body.innerHTML = `<equity-chart src="/x"><svg aria-label="words"></svg></equity-chart>`;
  const button = document.querySelector<HTMLButtonElement>(
    "equity-chart button",
  )!;
  button.click();
  await vi.waitFor(() => expect(button.textContent).toContain("Try again"));
  expect(button.disabled).toBe(false);
  expect(document.querySelector("svg")).not.toBeNull();
  expect(document.querySelector(".study")).toBeNull();
});

test("points are net returns from the opening and falls from the highest so far", () => {
  const { returns, falls } = pointsOf(CURVE);
  expect(returns.map(({ value }) => Number(value.toFixed(6)))).toEqual([
    0, 0.1, -0.01,
  ]);
  expect(falls.map(({ value }) => Number(value.toFixed(6)))).toEqual([
    0, 0, -0.1,
  ]);
  expect(returns[1]!.time - returns[0]!.time).toBe(36_900);
});

test("phases begin at the first point that is not before them", () => {
  const { returns } = pointsOf(CURVE);
  const text =
    "burn_in 2021-09-27T13:45:00.000Z 2021-09-28T09:00:00.000Z,forward 2021-09-28T09:00:00.000Z 2021-09-29T00:00:00.000Z";
  expect(phasesOf(text, returns)).toEqual([
    { kind: "burn_in", from: returns[0]!.time, to: returns[2]!.time },
    { kind: "forward", from: returns[2]!.time, to: returns[2]!.time },
  ]);
  expect(phasesOf("", returns)).toEqual([]);
});

test("per cents are spelt as the server spells them", () => {
  expect([0.1234, -0.1234, 0.0001].map(percent)).toEqual([
    "+12.3 %",
    "−12.3 %",
    "0.0 %",
  ]);
});
