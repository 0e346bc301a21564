// <live-part src="…">: puts in place the HTML that the server sends whenever something has happened.
export class LivePart extends HTMLElement {
  #source: EventSource | undefined;
  readonly #look = (): void => (document.hidden ? this.#close() : this.#open());

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.#look);
    this.#close();
  }

  #open(): void {
    const src = this.getAttribute("src");
    if (this.#source || !src) return;
    const source = new EventSource(src);
    source.onmessage = (event: MessageEvent<string>) => this.put(event.data);
    source.onopen = () => this.classList.remove("is-offline");
    source.onerror = () => this.classList.add("is-offline");
    this.#source = source;
  }

  // A hidden page holds no stream open: browsers allow six a site.
  #close(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  // Whoever stands on a link with the keyboard goes on standing on it.
  put(html: string): void {
    const held = document.activeElement;
    const path = this.contains(held) && held?.getAttribute("href");
    this.innerHTML = html;
    if (path) {
      const same = [...this.querySelectorAll<HTMLElement>("a")];
      same
        .find((link) => link.getAttribute("href") === path)
        ?.focus({ preventScroll: true });
    }
    this.classList.remove("is-offline");
  }
}

customElements.define("live-part", LivePart);
