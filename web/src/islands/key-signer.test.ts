import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { canonical, keyFile, proofOf, publicHalf } from "./key-proof";
import "./key-signer";
import "./length-count";
import "./busy-button";

const MARKUP = `<key-signer data-origin="https://arena.example"><p>no scripts</p><template>
  <p data-part="unsupported" hidden></p>
  <form data-part="form"><input name="name" value=" Northwind "><textarea name="about"></textarea>
    <p data-part="refused" hidden></p><div data-part="make"><button data-act="make"></button></div>
    <section data-part="keep" hidden><h2 tabindex="-1"></h2><a data-act="download"></a><code data-part="public"></code>
      <input name="kept" type="checkbox" disabled><button data-act="register" disabled></button></section>
    <p data-part="status"></p></form>
  <dl hidden data-part="words"><dt>signed-out</dt><dd>Sign in again.</dd><dt>offline</dt><dd>No answer.</dd></dl>
</template></key-signer>`;
const URLS = { createObjectURL: () => "#key", revokeObjectURL: () => {} };

beforeEach(() => {
  Object.assign(URL, URLS);
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function pair(): Promise<CryptoKeyPair> {
  const made = await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ]);
  return made as CryptoKeyPair;
}

function part<T extends HTMLElement>(selector: string): T {
  return document.querySelector(selector) as T;
}

test("canonical JSON sorts names and escapes as RFC 8785 says", () => {
  expect(canonical({ b: 'é"\n', a: "€" })).toBe('{"a":"€","b":"é\\"\\n"}');
});

test("a key's file is its 32 secret bytes in base64 and a line's end", async () => {
  const text = await keyFile((await pair()).privateKey);
  expect(text).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
});

test("the proof is the key's signature over purpose, origin, name, key and time", async () => {
  const made = await pair();
  const claims = {
    origin: "https://arena.example",
    name: "Northwind",
    created: "2026-01-05T09:00:00.000Z",
  };
  const proven = await proofOf(made, claims);
  const statement = canonical({
    purpose: "sigma-arena/register/v1",
    public_key: await publicHalf(made),
    ...claims,
  });
  const signature = Uint8Array.from(atob(proven.proof), (c) => c.charCodeAt(0));
  const message = new TextEncoder().encode(statement);
  expect(signature.length).toBe(64);
  expect(
    await crypto.subtle.verify("Ed25519", made.publicKey, signature, message),
  ).toBe(true);
});

test("a collective is registered only after the file was kept, and never without a session", async () => {
  document.body.innerHTML = MARKUP;
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return new Response(null, { status: 401 });
  });
  part("form").dispatchEvent(new Event("submit", { cancelable: true }));
  await vi.waitFor(() => expect(part("[data-part=keep]").hidden).toBe(false));
  const register = part<HTMLButtonElement>("[data-act=register]");
  expect(register.disabled).toBe(true);
  part("form").dispatchEvent(new Event("submit", { cancelable: true }));
  expect(asked).toEqual([]);
  part("[data-act=download]").click();
  const kept = part<HTMLInputElement>("[name=kept]");
  expect(kept.disabled).toBe(false);
  kept.click();
  expect(register.disabled).toBe(false);
  part("form").dispatchEvent(new Event("submit", { cancelable: true }));
  await vi.waitFor(() =>
    expect(part("[data-part=refused]").textContent).toBe("Sign in again."),
  );
  expect(asked).toEqual(["/me"]);
});

test("length-count counts what is used and keeps the words without scripts", () => {
  document.body.innerHTML = `<textarea id="x" minlength="3" maxlength="1000"></textarea><length-count for="x">3 to 1,000</length-count>`;
  const field = part<HTMLTextAreaElement>("#x");
  const count = part("length-count");
  expect(count.textContent).toBe("3 to 1,000");
  field.value = "ab";
  field.dispatchEvent(new Event("input"));
  expect(count.textContent).toBe("2 / 1,000");
  expect(count.classList.contains("is-short")).toBe(true);
});

test("busy-button lets its form go once", () => {
  document.body.innerHTML = `<form><busy-button data-busy="Checking…"><button>Check</button></busy-button></form>`;
  const sent = [0, 1].map(() => {
    const event = new Event("submit", { cancelable: true });
    part("form").dispatchEvent(event);
    return !event.defaultPrevented;
  });
  expect(sent).toEqual([true, false]);
  expect(part("button").textContent).toBe("Checking…");
});
