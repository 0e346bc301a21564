// <equity-chart src="…" data-phases="…">: puts a chart to be studied in the place of the drawn curve, when its
// reader asks for that. Until then, and without scripts, the drawing stands and nothing is loaded.
import type { Curve } from "./equity-points";
import type { Study } from "./equity-study";

const RANGES: readonly (readonly [string, number])[] = [
  ["1M", 30],
  ["3M", 91],
  ["1Y", 365],
  ["All", Infinity],
];

export class EquityChart extends HTMLElement {
  #study: Study | undefined;

  connectedCallback(): void {
    if (this.querySelector(".study-bar")) return;
    const bar = document.createElement("div");
    bar.className = "study-bar";
    const button = quietButton("Study the chart");
    button.addEventListener("click", () => void this.#open(bar, button));
    bar.append(button);
    this.append(bar);
  }

  disconnectedCallback(): void {
    this.#study?.remove();
    this.#study = undefined;
    this.querySelector(".study")?.remove();
  }

  async #open(bar: HTMLElement, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    button.textContent = "Loading the chart";
    try {
      const [{ study }, curve] = await Promise.all([
        import("./equity-study"),
        this.#curve(),
      ]);
      const drawing = this.querySelector("svg");
      const place = document.createElement("div");
      place.className = "study";
      place.setAttribute("role", "img");
      place.setAttribute(
        "aria-label",
        drawing?.getAttribute("aria-label") ?? "",
      );
      this.prepend(place);
      const reading = document.createElement("span");
      reading.className = "reading";
      const opened = study(place, curve, this.dataset["phases"] ?? "", reading);
      drawing?.remove();
      this.#study = opened;
      bar.replaceChildren(...this.#ranges(opened), reading, credit());
      bar.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
    } catch {
      this.querySelector(".study")?.remove();
      button.disabled = false;
      button.textContent = "The chart did not load. Try again";
    }
  }

  async #curve(): Promise<Curve> {
    const answer = await fetch(this.getAttribute("src") ?? "");
    if (!answer.ok) throw new Error(`${answer.status}`);
    return (await answer.json()) as Curve;
  }

  // Only ranges that are shorter than the record, and the whole of it.
  #ranges(opened: Study): HTMLButtonElement[] {
    const buttons = RANGES.filter(
      ([, days]) => days === Infinity || days < opened.days,
    ).map(([name, days]) => {
      const button = quietButton(name);
      button.setAttribute("aria-pressed", String(days === Infinity));
      button.addEventListener("click", () => {
        for (const other of buttons)
          other.setAttribute("aria-pressed", String(other === button));
        opened.show(days);
      });
      return button;
    });
    return buttons;
  }
}

function quietButton(words: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.textContent = words;
  return button;
}

// The strict policy for styles forbids the chart's own logo; its licence asks for the link.
function credit(): HTMLElement {
  const words = document.createElement("span");
  words.className = "credit";
  const link = document.createElement("a");
  link.href = "https://www.tradingview.com/";
  link.textContent = "TradingView";
  words.append("Charts by ", link);
  return words;
}

customElements.define("equity-chart", EquityChart);
