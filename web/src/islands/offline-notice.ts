// <offline-notice data-words="…">: says so while htmx gets no good answer, and falls silent with the next good one.
type Answered = CustomEvent<{ ctx?: { response?: { status: number } } }>;

export class OfflineNotice extends HTMLElement {
  readonly #lost = (): void => this.#say(this.dataset["words"] ?? "");
  readonly #answered = (event: Event): void => {
    const status = (event as Answered).detail?.ctx?.response?.status ?? 0;
    if (status > 0 && status < 400) this.#say("");
  };

  connectedCallback(): void {
    // An alert that is there from the start is read out when words are put in it.
    this.setAttribute("role", "alert");
    document.addEventListener("htmx:error", this.#lost);
    document.addEventListener("htmx:response:error", this.#lost);
    document.addEventListener("htmx:after:swap", this.#answered);
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:error", this.#lost);
    document.removeEventListener("htmx:response:error", this.#lost);
    document.removeEventListener("htmx:after:swap", this.#answered);
  }

  #say(words: string): void {
    if (!words) return this.replaceChildren();
    const notice = document.createElement("p");
    notice.className = "notice bad";
    notice.textContent = words;
    this.replaceChildren(notice);
  }
}

customElements.define("offline-notice", OfflineNotice);
