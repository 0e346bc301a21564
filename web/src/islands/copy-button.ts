// <copy-button data-text="…">: a button that copies; without scripts there is none, and the text can be selected.
export class CopyButton extends HTMLElement {
  connectedCallback(): void {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.dataset["label"] ?? "Copy";
    button.addEventListener("click", () => void this.#copy(button));
    this.replaceChildren(button);
  }

  async #copy(button: HTMLButtonElement): Promise<void> {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(this.dataset["text"] ?? "");
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl-C";
      const code = this.parentElement?.querySelector("code");
      if (code) getSelection()?.selectAllChildren(code);
    }
    setTimeout(() => (button.textContent = words), 2000);
  }
}

customElements.define("copy-button", CopyButton);
