// <local-time datetime="…">: shows a UTC instant in the reader's own time, UTC on hover.
export class LocalTime extends HTMLElement {
  static observedAttributes = ["datetime"];

  attributeChangedCallback(): void {
    const at = new Date(this.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) return;
    this.title = at.toISOString().replace(/\.\d+Z$/, "Z");
    (this.querySelector("time") ?? this).textContent = at.toLocaleString(
      undefined,
      {
        dateStyle: "medium",
        timeStyle: "short",
      },
    );
  }
}

customElements.define("local-time", LocalTime);
