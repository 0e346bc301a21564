import { afterEach, expect, test, vi } from "vitest";
import "./local-time";
import "./live-part";
import type { LivePart } from "./live-part";

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

test("local-time keeps UTC for those who hover", () => {
  document.body.innerHTML = `<local-time datetime="2021-10-27T12:00:00Z">x</local-time>`;
  const element = document.querySelector<HTMLElement>("local-time");
  expect(element?.title).toBe("2021-10-27T12:00:00Z");
  expect(element?.textContent).not.toBe("x");
});

test("local-time leaves what it cannot read alone", () => {
  document.body.innerHTML = `<local-time datetime="soon">soon</local-time>`;
  expect(document.querySelector("local-time")?.textContent).toBe("soon");
});

test("live-part keeps its last words and says so when the arena is gone", async () => {
  document.body.innerHTML = `<live-part src="/state">still here</live-part>`;
  const element = document.querySelector("live-part") as LivePart;
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  await element.refresh();
  expect(element.textContent).toBe("still here");
  expect(element.classList.contains("is-offline")).toBe(true);
});
