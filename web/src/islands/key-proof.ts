// A key as files and registrations spell it, and the proof that it is held.
const PURPOSE = "sigma-arena/register/v1";
const SEED_BYTES = 32;

export type Proven = { public_key: string; created: string; proof: string };
type Claims = { origin: string; name: string; created: string };

// RFC 8785 for an object of strings: JSON.stringify's own escapes, names in the order of their UTF-16 units.
export function canonical(fields: Record<string, string>): string {
  const names = Object.keys(fields).sort();
  return `{${names.map((n) => `${JSON.stringify(n)}:${JSON.stringify(fields[n])}`).join(",")}}`;
}

// What the SDK's SigningKey.load reads: the 32 secret bytes in base64, and a line's end.
export async function keyFile(privateKey: CryptoKey): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", privateKey);
  // RFC 8410: they are the last ones of the document.
  return `${base64(pkcs8.slice(-SEED_BYTES))}\n`;
}

export async function publicHalf(pair: CryptoKeyPair): Promise<string> {
  return base64(await crypto.subtle.exportKey("raw", pair.publicKey));
}

// The signature over purpose, origin, name, key and time, so that it fits no other place or act.
export async function proofOf(
  pair: CryptoKeyPair,
  claims: Claims,
): Promise<Proven> {
  const public_key = await publicHalf(pair);
  const statement = canonical({ purpose: PURPOSE, public_key, ...claims });
  const signature = await crypto.subtle.sign(
    "Ed25519",
    pair.privateKey,
    new TextEncoder().encode(statement),
  );
  return { public_key, created: claims.created, proof: base64(signature) };
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
