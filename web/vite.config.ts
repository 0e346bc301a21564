// Builds the islands and the styles into the Python package, with a manifest the server reads, each file also
// compressed once and for all beside itself.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig } from "vitest/config";

const outDir = "../src/arena/web/static/built";

const compressed = {
  name: "compressed",
  closeBundle(): void {
    const assets = join(import.meta.dirname, outDir, "assets");
    for (const name of readdirSync(assets)) {
      if (!/\.(js|css|svg)$/.test(name)) continue;
      writeFileSync(
        join(assets, `${name}.gz`),
        gzipSync(readFileSync(join(assets, name)), { level: 9 }),
      );
    }
  },
};

export default defineConfig({
  base: "/static/built/",
  plugins: [compressed],
  build: {
    outDir,
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["src/main.ts"] },
  },
  test: { environment: "jsdom" },
});
