// <fee-drag>: adds the reader's own capital to the table of what the fee takes in a year; the table stands without it.
const KEPT = "capital";

export class FeeDrag extends HTMLElement {
  connectedCallback(): void {
    const table = this.querySelector("table");
    if (!table || this.querySelector(".capital")) return;
    const field = document.createElement("div");
    field.className = "field capital";
    const label = document.createElement("label");
    label.htmlFor = "capital";
    label.textContent = this.dataset["label"] ?? "";
    const input = document.createElement("input");
    Object.assign(input, {
      id: "capital",
      type: "number",
      min: "1",
      step: "any",
      inputMode: "decimal",
    });
    input.value = kept();
    field.append(label, input);
    this.prepend(field);
    const head = document.createElement("th");
    head.scope = "col";
    head.className = "number";
    head.textContent = this.dataset["yours"] ?? "";
    table.tHead?.rows[0]?.cells[0]?.after(head);
    const cells = [...(table.tBodies[0]?.rows ?? [])].map((row) => {
      const cell = row.insertCell(1);
      cell.className = "number yours";
      return { cell, year: Number(row.dataset["year"]) };
    });
    const show = (): void => {
      for (const { cell, year } of cells)
        cell.textContent = drag(year, Number(input.value));
    };
    input.addEventListener("input", () => {
      keep(input.value);
      show();
    });
    show();
  }
}

// `year` in cents, `capital` in dollars, as per cent; a dash where there is no capital to take from.
export function drag(year: number, capital: number): string {
  if (!(capital > 0)) return "–";
  const share = new Intl.NumberFormat("en", {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  return `${share.format(year / capital)} %`;
}

// For the way from the listing to the checkout; a browser that keeps nothing asks twice.
function kept(): string {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

function keep(value: string): void {
  try {
    sessionStorage.setItem(KEPT, value);
  } catch {
    return;
  }
}

customElements.define("fee-drag", FeeDrag);
