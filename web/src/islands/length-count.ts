// <length-count for="id">: how much of a field's maxlength is used; without scripts the bounds stand there in words.
export class LengthCount extends HTMLElement {
  connectedCallback(): void {
    const field = document.getElementById(this.getAttribute("for") ?? "");
    if (!(
      field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement
    ))
      return;
    const bounds = this.textContent ?? "";
    const most = field.maxLength.toLocaleString();
    const count = (): void => {
      const used = field.value.length;
      this.textContent = used ? `${used.toLocaleString()} / ${most}` : bounds;
      this.classList.toggle("is-short", used > 0 && used < field.minLength);
    };
    field.addEventListener("input", count);
    count();
  }
}

customElements.define("length-count", LengthCount);
