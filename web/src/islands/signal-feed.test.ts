import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "./signal-feed";

let streams: FakeStream[] = [];
let answer: () => Response | Promise<Response>;

class FakeStream extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 1;
  constructor(readonly url: string) {
    super();
    streams.push(this);
  }
  close(): void {
    this.readyState = FakeStream.CLOSED;
  }
  say(name: string, data = ""): void {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
  signal(sequence: number, words = "long 60 %"): void {
    this.say(
      "signal",
      `<li class="signal" data-sequence="${sequence}" data-words="${words}">${sequence}</li>`,
    );
  }
  refuse(): void {
    this.readyState = FakeStream.CLOSED;
    this.dispatchEvent(new Event("error"));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeStream);
  vi.stubGlobal("fetch", () => Promise.resolve().then(() => answer()));
  document.title = "Feed";
  document.body.innerHTML = `<signal-feed src="/live/feeds/fd_1" after="7"
    data-one="1 new signal: {words}" data-many="{count} new signals, newest: {words}"
    data-pause="Pause" data-resume="Resume">
    <div class="feed-bar"><p class="feed-state" role="status">As of noon</p></div>
    <p class="feed-news"></p>
    <ol><li class="signal" data-sequence="7">7</li></ol>
    <template data-row="gap"><li class="gap"><span data-numbers></span></li></template>
    ${[
      "connecting",
      "live",
      "paused",
      "offline",
      "stale",
      "full",
      "signed_out",
      "refused",
    ]
      .map((state) => `<template data-state="${state}">${state}</template>`)
      .join("")}
  </signal-feed>`;
});

afterEach(() => {
  document.body.replaceChildren();
  hidden(false);
  vi.useRealTimers();
  vi.unstubAllGlobals();
  streams = [];
});

const feed = (): HTMLElement => document.querySelector("signal-feed")!;
const stream = (): FakeStream => streams.at(-1)!;
const rows = (): string[] =>
  [...feed().querySelectorAll("li")].map((row) => row.textContent ?? "");
const state = (): string => feed().querySelector(".feed-state")!.innerHTML;
const news = (): string => feed().querySelector(".feed-news")!.innerHTML;
const button = (): HTMLButtonElement | null => feed().querySelector("button");
function hidden(yes: boolean): void {
  Object.defineProperty(document, "hidden", { value: yes, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

test("signals stand above the last one, and all that came together are told in one line", () => {
  expect(stream().url).toBe("/live/feeds/fd_1?after=7");
  expect(state()).toBe("connecting");
  stream().signal(8);
  stream().signal(9, "flat");
  stream().say("beat");
  expect(rows()).toEqual(["9", "8", "7"]);
  expect(state()).toBe("live");
  expect(news()).toBe("");
  vi.advanceTimersByTime(500);
  expect(news()).toBe("2 new signals, newest: flat");
  stream().signal(10);
  vi.advanceTimersByTime(500);
  expect(news()).toBe("1 new signal: long 60 %");
});

test("a signal that is withheld stands as a gap, one that comes twice stands once", () => {
  stream().signal(9);
  stream().signal(9);
  stream().signal(8);
  stream().signal(14);
  expect(rows()).toEqual(["14", "#10 – #13", "9", "#8", "7"]);
});

test("at most two hundred rows are kept", () => {
  for (let sequence = 8; sequence < 300; sequence++) stream().signal(sequence);
  expect(rows().length).toBe(200);
  expect(rows()[0]).toBe("299");
});

test("paused it holds no stream, and resumes after the last signal it has", () => {
  stream().signal(8);
  button()!.click();
  expect(stream().readyState).toBe(FakeStream.CLOSED);
  expect(state()).toBe("paused");
  expect(button()!.textContent).toBe("Resume");
  vi.advanceTimersByTime(120_000);
  expect(streams.length).toBe(1);
  button()!.click();
  expect(stream().url).toBe("/live/feeds/fd_1?after=8");
  expect(button()!.textContent).toBe("Pause");
});

test("after forty-five seconds of silence it says so and connects anew", () => {
  stream().say("beat");
  vi.advanceTimersByTime(44_000);
  stream().say("beat");
  vi.advanceTimersByTime(44_000);
  expect(state()).toBe("live");
  vi.advanceTimersByTime(7_000);
  expect(state()).toBe("stale");
  expect(streams.length).toBe(2);
  stream().say("beat");
  expect(state()).toBe("live");
});

test("the server's last word stays, and nothing is asked again", () => {
  stream().say("ended", "<b>Your access has ended.</b>");
  expect(state()).toBe("<b>Your access has ended.</b>");
  expect(feed().dataset["state"]).toBe("ended");
  expect(button()).toBeNull();
  expect(stream().readyState).toBe(FakeStream.CLOSED);
  hidden(true);
  hidden(false);
  vi.advanceTimersByTime(300_000);
  expect(streams.length).toBe(1);
});

test("a break is shown while the browser comes again by itself", () => {
  stream().say("beat");
  stream().dispatchEvent(new Event("error"));
  expect(state()).toBe("offline");
  stream().say("beat");
  expect(state()).toBe("live");
});

test.each([
  [402, "refused"],
  [429, "full"],
  [502, "offline"],
])(
  "refused with %i it says %s, and tries again only where that may help",
  async (status, words) => {
    answer = () => new Response(null, { status });
    stream().refuse();
    await vi.advanceTimersByTimeAsync(10);
    expect(state()).toBe(words);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(streams.length).toBe(words === "refused" ? 1 : 2);
  },
);

test("sent to sign in, it says that the session is over; without an answer, that it is offline", async () => {
  answer = () => Promise.reject(new TypeError("no network"));
  stream().refuse();
  await vi.advanceTimersByTimeAsync(10);
  expect(state()).toBe("offline");
  await vi.advanceTimersByTimeAsync(2_500);
  answer = () => ({ type: "opaqueredirect", status: 0 }) as Response;
  stream().refuse();
  await vi.advanceTimersByTimeAsync(10);
  expect(state()).toBe("signed_out");
  await vi.advanceTimersByTimeAsync(300_000);
  expect(streams.length).toBe(2);
});

test("hidden, it looks in once a minute, counts in the title, and is whole when seen again", () => {
  stream().say("beat");
  hidden(true);
  expect(stream().readyState).toBe(FakeStream.CLOSED);
  vi.advanceTimersByTime(60_000);
  expect(streams.length).toBe(2);
  stream().signal(8);
  stream().signal(9);
  stream().say("beat");
  expect(stream().readyState).toBe(FakeStream.CLOSED);
  vi.advanceTimersByTime(500);
  expect(document.title).toBe("(2) Feed");
  hidden(false);
  expect(document.title).toBe("Feed");
  expect(stream().url).toBe("/live/feeds/fd_1?after=9");
});

test("a signal that is not valid any more by the arena's time is marked", () => {
  const row = feed().querySelector<HTMLElement>("li")!;
  row.dataset["until"] = "2021-10-01T12:00:00.000Z";
  stream().say("beat", "2021-10-01T11:59:59.000Z");
  expect(row.classList.contains("is-over")).toBe(false);
  stream().say("beat", "2021-10-01T12:00:00.000Z");
  expect(row.classList.contains("is-over")).toBe(true);
});

test("taken out of the page it leaves nothing running", () => {
  feed().remove();
  expect(stream().readyState).toBe(FakeStream.CLOSED);
  vi.advanceTimersByTime(300_000);
  hidden(true);
  expect(streams.length).toBe(1);
});
