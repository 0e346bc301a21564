// A stream of server-sent events that is kept up: it comes again after a break or a silence, asks why it was
// refused, and looks in only once a minute while the page is hidden, because browsers allow six streams a site.
const STALE_MS = 45_000; // three heartbeats
const LOOK_MS = 5_000;
const PEEK_MS = 60_000;
const RETRY_MS = [2_000, 4_000, 8_000, 16_000, 30_000];

export type State =
  | "connecting"
  | "live"
  | "paused"
  | "offline"
  | "stale"
  | "full"
  | "signed_out"
  | "refused";

export interface Reader {
  address(): string; // where to go on from
  state(state: State): void;
  signal(html: string): void;
  beat(at: string): void; // the arena's time, and that there is nothing more up to then
  ended(html: string): void; // the server's last word: it is not asked again
}

export class SteadyStream {
  #reader: Reader;
  #source: EventSource | undefined;
  #heardAt = 0;
  #tries = 0;
  #over = false;
  #paused = false;
  #caughtUp = true;
  #retrying: number | undefined;
  #looking: number | undefined;
  #peeking: number | undefined;
  readonly #visibility = (): void => this.#seen();
  readonly #online = (): void => this.#again();
  readonly #offline = (): void => this.#lost();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  start(): void {
    document.addEventListener("visibilitychange", this.#visibility);
    addEventListener("online", this.#online);
    addEventListener("offline", this.#offline);
    this.#looking = window.setInterval(() => this.#look(), LOOK_MS);
    this.#reader.state("connecting");
    this.#open();
    this.#seen();
  }

  stop(): void {
    this.#over = true;
    document.removeEventListener("visibilitychange", this.#visibility);
    removeEventListener("online", this.#online);
    removeEventListener("offline", this.#offline);
    clearInterval(this.#looking);
    clearInterval(this.#peeking);
    clearTimeout(this.#retrying);
    this.#close();
  }

  get paused(): boolean {
    return this.#paused;
  }

  // What is missed meanwhile comes on resuming.
  pause(paused: boolean): void {
    this.#paused = paused;
    this.#reader.state(paused ? "paused" : "connecting");
    if (paused) this.#close();
    else this.#open();
  }

  #open(): void {
    if (this.#source || this.#over || this.#paused) return;
    clearTimeout(this.#retrying);
    this.#heardAt = Date.now();
    this.#caughtUp = false;
    const source = new EventSource(this.#reader.address());
    source.addEventListener("signal", (event) => this.#signal(event.data));
    source.addEventListener("beat", (event) => this.#beat(event.data));
    source.addEventListener("ended", (event) => this.#ended(event.data));
    source.addEventListener("error", () => void this.#failed(source));
    this.#source = source;
  }

  #close(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  #again(): void {
    this.#close();
    this.#open();
  }

  #signal(html: string): void {
    this.#heardAt = Date.now();
    this.#reader.signal(html);
  }

  #beat(at: string): void {
    this.#heardAt = Date.now();
    this.#tries = 0;
    this.#caughtUp = true;
    if (document.hidden) this.#close();
    this.#reader.state("live");
    this.#reader.beat(at);
  }

  #ended(html: string): void {
    this.stop();
    this.#reader.ended(html);
  }

  // Browsers come again by themselves after a break, but never after a refusal: then we ask why.
  async #failed(source: EventSource): Promise<void> {
    if (source !== this.#source) return;
    if (source.readyState !== EventSource.CLOSED) return this.#lost();
    this.#close();
    const status = await this.#status();
    if (this.#over || this.#paused || this.#source) return;
    if (status === 401) this.#refused("signed_out");
    else if ([402, 403, 404].includes(status)) this.#refused("refused");
    else {
      this.#reader.state(status === 429 ? "full" : "offline");
      const wait = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)];
      this.#retrying = window.setTimeout(() => this.#open(), wait);
    }
  }

  #refused(state: State): void {
    this.stop();
    this.#reader.state(state);
  }

  // 0 where nobody answers; being sent elsewhere means having to sign in.
  async #status(): Promise<number> {
    try {
      const answer = await fetch(this.#reader.address(), {
        method: "HEAD",
        redirect: "manual",
      });
      return answer.type === "opaqueredirect" ? 401 : answer.status;
    } catch {
      return 0;
    }
  }

  #lost(): void {
    if (!this.#over && !this.#paused) this.#reader.state("offline");
  }

  // Nothing heard for long, and nobody said that the line is broken: it may be, unseen.
  #look(): void {
    if (!this.#source || Date.now() - this.#heardAt < STALE_MS) return;
    this.#reader.state("stale");
    this.#again();
  }

  #seen(): void {
    clearInterval(this.#peeking);
    if (!document.hidden) return this.#open();
    if (this.#caughtUp) this.#close();
    this.#peeking = window.setInterval(() => this.#open(), PEEK_MS);
  }
}
