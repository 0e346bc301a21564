// <live-part src="…" every="2">: fetches its own HTML again every so many seconds while it is on screen.
export class LivePart extends HTMLElement {
  #timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    const seconds = Number(this.getAttribute("every") ?? "2");
    this.#timer = setInterval(() => void this.refresh(), seconds * 1000);
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }

  async refresh(): Promise<void> {
    if (document.hidden) return;
    try {
      const answer = await fetch(this.getAttribute("src") ?? "", {
        headers: { Accept: "text/html" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      this.innerHTML = await answer.text();
      this.classList.remove("is-offline");
    } catch {
      this.classList.add("is-offline");
    }
  }
}

customElements.define("live-part", LivePart);
