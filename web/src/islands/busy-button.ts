// <busy-button data-busy="Checking…"><button>…: says so while its form is under way, and sends it only once.
export class BusyButton extends HTMLElement {
  #words: string | undefined;

  connectedCallback(): void {
    this.closest("form")?.addEventListener("submit", this.#sent);
    addEventListener("pageshow", this.#back);
  }

  disconnectedCallback(): void {
    removeEventListener("pageshow", this.#back);
  }

  readonly #sent = (event: Event): void => {
    const button = this.querySelector("button");
    if (!button || event.defaultPrevented) return;
    if (this.#words !== undefined) return event.preventDefault();
    this.#words = button.textContent ?? "";
    button.textContent = this.dataset["busy"] ?? this.#words;
    button.setAttribute("aria-busy", "true");
  };

  // Browsers keep a page that was left as it was, and may show it again.
  readonly #back = (): void => {
    const button = this.querySelector("button");
    if (!button || this.#words === undefined) return;
    button.textContent = this.#words;
    button.removeAttribute("aria-busy");
    this.#words = undefined;
  };
}

customElements.define("busy-button", BusyButton);
