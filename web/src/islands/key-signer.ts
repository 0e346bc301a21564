// <key-signer data-origin="…">: makes a collective's Ed25519 key in this browser, hands it out as a file, and
// registers the collective with proof that the key is held. The private half never leaves the page's memory.
import { keyFile, proofOf, publicHalf, type Proven } from "./key-proof";

type Fields = { name: string; about: string };

export class KeySigner extends HTMLElement {
  #pair: CryptoKeyPair | undefined;
  #file: string | undefined;

  connectedCallback(): void {
    const template = this.querySelector("template");
    if (!template) return;
    this.replaceChildren(template.content.cloneNode(true));
    this.#part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      void (this.#pair ? this.#register() : this.#make());
    });
    this.#act("download").addEventListener("click", () => {
      this.#kept.disabled = false;
      this.#act("download").classList.add("quiet");
    });
    this.#kept.addEventListener("change", () => {
      this.#button("register").disabled = !this.#kept.checked;
    });
  }

  disconnectedCallback(): void {
    this.#forget();
  }

  async #make(): Promise<void> {
    this.#refuse("");
    try {
      const made = await crypto.subtle.generateKey("Ed25519", true, [
        "sign",
        "verify",
      ]);
      this.#pair = made as CryptoKeyPair;
    } catch {
      // No Ed25519, or no crypto.subtle at all, as on plain http.
      this.#part("form").hidden = true;
      this.#part("unsupported").hidden = false;
      return;
    }
    const text = await keyFile(this.#pair.privateKey);
    this.#file = URL.createObjectURL(
      new Blob([text], { type: "application/octet-stream" }),
    );
    const link = this.#act("download") as HTMLAnchorElement;
    link.href = this.#file;
    link.download = "collective.key";
    this.#part("public").textContent = await publicHalf(this.#pair);
    this.#part("make").hidden = true;
    this.#part("keep").hidden = false;
    this.#part("keep").querySelector("h2")?.focus();
    this.#part("status").textContent = this.#word("made");
    addEventListener("beforeunload", this.#warn);
  }

  async #register(): Promise<void> {
    if (!this.#pair || !this.#kept.checked) return;
    const button = this.#button("register");
    button.disabled = true;
    this.#refuse("");
    this.#part("status").textContent = this.#word("registering");
    try {
      this.#refuse(await this.#send(this.#pair));
    } catch {
      this.#refuse(this.#word("offline"));
    }
    this.#part("status").textContent = "";
    button.disabled = false;
  }

  // What was refused, in words; on success the page is left.
  async #send(pair: CryptoKeyPair): Promise<string> {
    const json = { Accept: "application/json" };
    const me = await fetch("/me", { headers: json, cache: "no-store" });
    // Without a session the collective would be made all the same, and belong to nobody.
    if (me.status === 401) return this.#word("signed-out");
    const { name, about } = this.#fields;
    // The arena's own time: a computer's clock may be off by more than a proof may be old.
    const now = new Date(me.headers.get("date") ?? Date.now());
    const proven = await proofOf(pair, {
      origin: this.dataset["origin"] ?? location.origin,
      name,
      created: now.toISOString(),
    });
    const answer = await this.#post({ name, about, ...proven }, json);
    const body = (await answer.json()) as { id?: string; detail?: string };
    if (!answer.ok || !body.id) return body.detail ?? answer.statusText;
    this.#forget();
    location.assign(`/studio/collectives/${encodeURIComponent(body.id)}`);
    return "";
  }

  #post(body: Fields & Proven, headers: object): Promise<Response> {
    return fetch("/collectives", {
      method: "POST",
      headers: {
        ...headers,
        "Content-Type": "application/json",
        "Idempotency-Key": crypto.randomUUID(),
      },
      body: JSON.stringify(body),
    });
  }

  get #fields(): Fields {
    const data = new FormData(this.#part("form") as HTMLFormElement);
    return {
      name: String(data.get("name") ?? "").trim(),
      about: String(data.get("about") ?? "").trim(),
    };
  }

  readonly #warn = (event: BeforeUnloadEvent): void => event.preventDefault();

  #forget(): void {
    removeEventListener("beforeunload", this.#warn);
    if (this.#file) URL.revokeObjectURL(this.#file);
    this.#file = this.#pair = undefined;
  }

  #refuse(words: string): void {
    this.#part("refused").textContent = words;
    this.#part("refused").hidden = words === "";
  }

  get #kept(): HTMLInputElement {
    return this.querySelector("[name=kept]") as HTMLInputElement;
  }
  #part(name: string): HTMLElement {
    return this.querySelector(`[data-part="${name}"]`) as HTMLElement;
  }
  #act(name: string): HTMLElement {
    return this.querySelector(`[data-act="${name}"]`) as HTMLElement;
  }
  #button(name: string): HTMLButtonElement {
    return this.#act(name) as HTMLButtonElement;
  }
  #word(name: string): string {
    const terms = [...this.#part("words").querySelectorAll("dt")];
    const term = terms.find((dt) => dt.textContent === name);
    return term?.nextElementSibling?.textContent ?? name;
  }
}

customElements.define("key-signer", KeySigner);
