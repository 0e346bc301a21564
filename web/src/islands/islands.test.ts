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

test("live-part keeps its last words and says so when the arena is gone", () => {
  const streams: EventSource[] = [];
  vi.stubGlobal(
    "EventSource",
    class extends EventTarget {
      constructor() {
        super();
        streams.push(this as unknown as EventSource);
      }
      close(): void {}
    },
  );
  document.body.innerHTML = `<live-part src="/live/state">first</live-part>`;
  const element = document.querySelector("live-part") as LivePart;
  const stream = streams[0]!;
  stream.onmessage?.(new MessageEvent("message", { data: "<b>second</b>" }));
  expect(element.innerHTML).toBe("<b>second</b>");
  stream.onerror?.(new Event("error"));
  expect(element.textContent).toBe("second");
  expect(element.classList.contains("is-offline")).toBe(true);
});

test("live-part leaves the keyboard where it was", () => {
  document.body.innerHTML = `<live-part><a href="/one">1</a> <a href="/two">1</a></live-part>`;
  const element = document.querySelector("live-part") as LivePart;
  element.querySelectorAll("a")[1]!.focus();
  element.put(`<a href="/one">2</a> <a href="/two">2</a>`);
  expect(document.activeElement?.getAttribute("href")).toBe("/two");
  element.put(`<p>Nothing is left to stand on.</p>`);
  expect(document.activeElement).toBe(document.body);
});
