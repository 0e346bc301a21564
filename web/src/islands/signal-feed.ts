// <signal-feed src="…" after="…">: puts each signal above the last one as it comes, and says how it stands with
// the connection. All words are the page's own: <template data-state="…">, <template data-row="gap">, data-one,
// data-many, data-pause and data-resume.
import { SteadyStream, type State } from "./steady-stream";

const ROWS_MAX = 200;
const SOON_MS = 400; // signals that come together are told together

export class SignalFeed extends HTMLElement {
  #last = 0;
  #fresh = 0;
  #unseen = 0;
  #telling: number | undefined;
  #stream: SteadyStream | undefined;
  readonly #title = document.title;
  readonly #button = document.createElement("button");
  readonly #visibility = (): void => this.#seen();

  connectedCallback(): void {
    this.#last = Number(this.getAttribute("after") ?? 0);
    const stream = new SteadyStream({
      address: () => `${this.getAttribute("src")}?after=${this.#last}`,
      state: (state) => this.#show(state),
      signal: (html) => this.#signal(html),
      beat: (at) => this.#expire(at),
      ended: (html) => this.#put("ended", html),
    });
    this.#stream = stream;
    this.#button.type = "button";
    this.#button.className = "quiet small";
    this.#button.textContent = this.dataset["pause"] ?? "";
    this.#button.onclick = () => {
      stream.pause(!stream.paused);
      const words = stream.paused ? "resume" : "pause";
      this.#button.textContent = this.dataset[words] ?? "";
    };
    this.querySelector(".feed-bar")?.append(this.#button);
    document.addEventListener("visibilitychange", this.#visibility);
    stream.start();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.#visibility);
    clearTimeout(this.#telling);
    this.#button.remove();
    this.#stream?.stop();
  }

  #signal(html: string): void {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    const row = holder.content.firstElementChild as HTMLElement | null;
    const sequence = Number(row?.dataset["sequence"]);
    const list = this.querySelector("ol");
    if (!row || !list || !(sequence > this.#last)) return; // had already
    if (sequence > this.#last + 1)
      list.prepend(this.#gap(this.#last + 1, sequence - 1));
    this.#last = sequence;
    row.classList.add("is-new");
    list.prepend(row);
    while (list.children.length > ROWS_MAX) list.lastElementChild?.remove();
    this.querySelector(".feed-none")?.remove();
    this.#fresh += 1;
    if (document.hidden) this.#unseen += 1;
    clearTimeout(this.#telling);
    this.#telling = window.setTimeout(() => this.#tell(), SOON_MS);
  }

  #gap(first: number, last: number): Node {
    const template = this.querySelector<HTMLTemplateElement>(
      "template[data-row=gap]",
    );
    const gap = template?.content.cloneNode(true) as DocumentFragment;
    const numbers = gap.querySelector("[data-numbers]");
    const words = first === last ? `#${first}` : `#${first} – #${last}`;
    if (numbers) numbers.textContent = words;
    return gap;
  }

  // Times are spelled alike, so they compare as text.
  #expire(at: string): void {
    for (const row of this.querySelectorAll<HTMLElement>("li.signal"))
      row.classList.toggle("is-over", (row.dataset["until"] ?? "~") <= at);
  }

  // One line for all that came: screen readers are told once, however many rows there are.
  #tell(): void {
    const newest = this.querySelector<HTMLElement>("li.signal");
    const words = this.dataset[this.#fresh === 1 ? "one" : "many"] ?? "";
    const line = this.querySelector(".feed-news");
    if (line)
      line.textContent = words
        .replace("{count}", String(this.#fresh))
        .replace("{words}", newest?.dataset["words"] ?? "");
    this.#fresh = 0;
    this.#entitle();
  }

  #seen(): void {
    if (!document.hidden) this.#unseen = 0;
    this.#entitle();
  }

  #entitle(): void {
    const count = this.#unseen ? `(${this.#unseen}) ` : "";
    document.title = count + this.#title;
  }

  #show(state: State): void {
    if (this.dataset["state"] === state) return;
    const words = this.querySelector<HTMLTemplateElement>(
      `template[data-state=${state}]`,
    );
    const over = state === "signed_out" || state === "refused";
    this.#put(over ? "ended" : state, words?.innerHTML ?? "");
  }

  #put(state: string, html: string): void {
    this.dataset["state"] = state;
    const line = this.querySelector(".feed-state");
    if (line) line.innerHTML = html;
    if (state === "ended") this.#button.remove();
  }
}

customElements.define("signal-feed", SignalFeed);
